import Foundation
import GoogleProto
import Loyalty
import PatronAPI
import RPC
import ServiceTesting

/// Calls loyalty as the gateway does. Each number is another member, far from the one before.
struct Till: Sendable {
  private static let stride = 7_919

  private let loyalty: LoyaltyV1.LoyaltyServiceClient
  private let tiers: LoyaltyV1.TierServiceClient
  private let reports: LoyaltyV1.ReportServiceClient
  private let holds: LoyaltyV1.LoyaltyHoldServiceClient
  private let members: Int
  private static let options = CallOptions(timeout: .seconds(600))

  init(channel: any RPCChannel, members: Int) {
    loyalty = LoyaltyV1.LoyaltyServiceClient(channel: channel)
    tiers = LoyaltyV1.TierServiceClient(channel: channel)
    reports = LoyaltyV1.ReportServiceClient(channel: channel)
    holds = LoyaltyV1.LoyaltyHoldServiceClient(channel: channel)
    self.members = members
  }

  private func memberID(_ number: Int) -> String {
    let digits = String(number * Self.stride % members)
    return "mem_" + String(repeating: "0", count: 8 - digits.count) + digits
  }

  func readBalance(_ number: Int) async throws {
    _ = try await loyalty.getBalance(LoyaltyV1.GetBalanceRequest(memberID: memberID(number)), options: Self.options)
  }

  /// Hold and Commit of an order of 20.00.
  func sell(_ orderID: String, spending points: Int64, number: Int) async throws {
    let netSpend = 2_000 - points
    let hold = LoyaltyV1.HoldRequest(
      requestID: "hold-\(orderID)", orderID: orderID, memberID: memberID(number), storeID: "sto_1", clientID: "cli_1",
      spend: points == 0 ? nil : LoyaltyV1.PointsTender(points: points, amount: TypeV1.Money(points, "USD")), currencyCode: "USD",
      earn: LoyaltyV1.EarnDecision(ruleVersion: 1, points: netSpend / 100, growthValue: netSpend),
      occurredTime: GoogleProtobuf.Timestamp(Books.now))
    _ = try await holds.hold(hold, options: Self.options)
    _ = try await holds.commit(LoyaltyV1.CommitRequest(requestID: "commit-\(orderID)", orderID: orderID), options: Self.options)
  }

  /// The whole order.
  func takeBack(_ orderID: String) async throws {
    _ = try await holds.reverse(
      LoyaltyV1.ReverseRequest(
        requestID: "reverse-\(orderID)", orderID: orderID, returnID: "ret-\(orderID)", refundedAfter: 2_000, refundedTotal: 2_000),
      options: Self.options)
  }

  func simulateTiers() async throws {
    let draft = LoyaltyV1.TierScheme(
      tiers: [("member", 0), ("silver", 30_000), ("gold", 80_000)].map { code, threshold in
        LoyaltyV1.Tier(code: code, name: code, thresholdGrowthValue: threshold)
      }, windowMonths: 12)
    let reply = try await tiers.simulateTierScheme(LoyaltyV1.SimulateTierSchemeRequest(draft: draft), options: Self.options)
    precondition(reply.members >= Int64(members))
  }

  func reportPoints() async throws {
    let span = (start: Books.now.addingTimeInterval(-86_400), end: Books.now.addingTimeInterval(86_400))
    _ = try await reports.reportPoints(
      LoyaltyV1.ReportPointsRequest(
        startTime: GoogleProtobuf.Timestamp(span.start), endTime: GoogleProtobuf.Timestamp(span.end), dimension: .tier),
      options: Self.options)
  }
}
