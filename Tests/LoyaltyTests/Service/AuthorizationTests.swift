import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct AuthorizationTests {
  @Test("A till's scopes open what a till needs, and neither adjustments, nor rules, nor the saga")
  func scopes() async throws {
    let ring = KeyRing(keyID: "test", secret: Array(repeating: 7, count: 32))
    let service = try await TestService<LoyaltyApp>.start(keyRing: ring)
    let loyalty = LoyaltyV1.LoyaltyServiceClient(channel: service.channel)
    let holds = LoyaltyV1.LoyaltyHoldServiceClient(channel: service.channel)
    let tiers = LoyaltyV1.TierServiceClient(channel: service.channel)
    let reports = LoyaltyV1.ReportServiceClient(channel: service.channel)
    let points = LoyaltyV1.PointsServiceClient(channel: service.channel)
    let till = service.options(as: Caller(clientID: "cli_till", scopes: ["pos.checkout", "pos.identify"]))
    _ = try await loyalty.getBalance(LoyaltyV1.GetBalanceRequest(memberID: "mem_a"), options: till)
    _ = try await loyalty.getProgram(LoyaltyV1.GetProgramRequest(), options: till)
    _ = try await tiers.getTier(LoyaltyV1.GetTierRequest(memberID: "mem_a"), options: till)

    let refused: [() async throws -> Void] = [
      { _ = try await loyalty.listEntries(LoyaltyV1.ListEntriesRequest(memberID: "mem_a"), options: till) },
      { _ = try await loyalty.listLots(LoyaltyV1.ListLotsRequest(memberID: "mem_a"), options: till) },
      { _ = try await loyalty.adjustPoints(LoyaltyV1.AdjustPointsRequest(requestID: "r"), options: till) },
      { _ = try await loyalty.awardAction(LoyaltyV1.AwardActionRequest(requestID: "r"), options: till) },
      { _ = try await loyalty.simulateEarnRule(LoyaltyV1.SimulateEarnRuleRequest(), options: till) },
      { _ = try await loyalty.publishEarnRule(LoyaltyV1.PublishEarnRuleRequest(requestID: "r"), options: till) },
      { _ = try await loyalty.publishTierScheme(LoyaltyV1.PublishTierSchemeRequest(requestID: "r"), options: till) },
      { _ = try await tiers.grantTier(LoyaltyV1.GrantTierRequest(requestID: "r"), options: till) },
      { _ = try await tiers.revokeTierGrant(LoyaltyV1.RevokeTierGrantRequest(requestID: "r"), options: till) },
      { _ = try await tiers.listTierGrants(LoyaltyV1.ListTierGrantsRequest(memberID: "mem_a"), options: till) },
      { _ = try await tiers.simulateTierScheme(LoyaltyV1.SimulateTierSchemeRequest(), options: till) },
      { _ = try await reports.reportPoints(LoyaltyV1.ReportPointsRequest(), options: till) },
      { _ = try await reports.explainBalance(LoyaltyV1.ExplainBalanceRequest(memberID: "mem_a"), options: till) },
      { _ = try await reports.explainEntry(LoyaltyV1.ExplainEntryRequest(entryID: "ent_a"), options: till) },
      { _ = try await points.transferPoints(LoyaltyV1.TransferPointsRequest(requestID: "r"), options: till) },
      { _ = try await points.reverseTransfer(LoyaltyV1.ReverseTransferRequest(requestID: "r"), options: till) },
      { _ = try await points.getTransfer(LoyaltyV1.GetTransferRequest(transferID: "ptr_1"), options: till) },
      { _ = try await points.listTransfers(LoyaltyV1.ListTransfersRequest(memberID: "mem_a"), options: till) },
      { _ = try await points.extendLots(LoyaltyV1.ExtendLotsRequest(requestID: "r"), options: till) },
      { _ = try await points.reinstatePoints(LoyaltyV1.ReinstatePointsRequest(requestID: "r"), options: till) },
      { _ = try await points.listExpiredLots(LoyaltyV1.ListExpiredLotsRequest(memberID: "mem_a"), options: till) },
      { _ = try await points.requestAdjustment(LoyaltyV1.RequestAdjustmentRequest(requestID: "r"), options: till) },
      { _ = try await points.approveAdjustment(LoyaltyV1.ApproveAdjustmentRequest(requestID: "r"), options: till) },
      { _ = try await points.rejectAdjustment(LoyaltyV1.RejectAdjustmentRequest(requestID: "r"), options: till) },
      { _ = try await points.listAdjustmentRequests(LoyaltyV1.ListAdjustmentRequestsRequest(), options: till) },
      { _ = try await points.linkStaffMember(LoyaltyV1.LinkStaffMemberRequest(requestID: "r"), options: till) },
      { _ = try await points.listRiskSignals(LoyaltyV1.ListRiskSignalsRequest(), options: till) },
      { _ = try await points.publishPointsPolicy(LoyaltyV1.PublishPointsPolicyRequest(requestID: "r"), options: till) },
      { _ = try await points.getPointsPolicy(LoyaltyV1.GetPointsPolicyRequest(), options: till) },
      { _ = try await holds.hold(LoyaltyV1.HoldRequest(requestID: "r"), options: till) },
      { _ = try await holds.commit(LoyaltyV1.CommitRequest(requestID: "r"), options: till) },
      { _ = try await holds.cancel(LoyaltyV1.CancelRequest(requestID: "r"), options: till) },
      { _ = try await holds.reverse(LoyaltyV1.ReverseRequest(requestID: "r"), options: till) },
      { _ = try await holds.listHolds(LoyaltyV1.ListHoldsRequest(), options: till) },
      { _ = try await holds.verify(LoyaltyV1.VerifyRequest(), options: till) },
    ]
    for (number, call) in refused.enumerated() {
      let answer = try await refusal { try await call() }
      #expect(answer == Refused(code: .permissionDenied, reason: "SCOPE_MISSING"), "call \(number)")
    }
    await service.stop()
  }
}
