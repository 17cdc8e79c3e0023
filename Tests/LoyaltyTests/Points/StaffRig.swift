import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Loyalty

/// A loyalty service whose callers are persons of the staff, each by name.
struct StaffRig {
  let service: TestService<LoyaltyApp>
  let loyalty: LoyaltyV1.LoyaltyServiceClient
  let points: LoyaltyV1.PointsServiceClient

  static func run(_ policy: LoyaltyV1.PointsPolicy, _ test: (StaffRig) async throws -> Void) async throws {
    let service = try await TestService<LoyaltyApp>.start(keyRing: KeyRing(keyID: "test", secret: Array(repeating: 7, count: 32)))
    let rig = StaffRig(
      service: service, loyalty: LoyaltyV1.LoyaltyServiceClient(channel: service.channel),
      points: LoyaltyV1.PointsServiceClient(channel: service.channel))
    do {
      _ = try await rig.points.publishPointsPolicy(.init(requestID: rig.freshID(), policy: policy), options: rig.caller("owner"))
      try await test(rig)
    } catch {
      await service.stop()
      throw error
    }
    await service.stop()
  }

  func caller(_ staffID: String) -> CallOptions {
    service.options(as: Caller(clientID: "cli_office", staffID: staffID, scopes: [Scope.everything]))
  }

  func freshID() -> String { service.environment.ids.next("req") }

  @discardableResult
  func adjust(
    _ points: Int64, of member: String = "mem_a", by staffID: String, reference: String = ""
  ) async throws -> LoyaltyV1.AdjustPointsResponse {
    try await loyalty.adjustPoints(
      .init(requestID: freshID(), memberID: member, points: points, reason: "goodwill", reference: reference), options: caller(staffID))
  }

  func request(
    _ adjustment: LoyaltyV1.Adjustment, of member: String = "mem_a", by staffID: String
  ) async throws -> LoyaltyV1.AdjustmentRequest {
    let reply = try await points.requestAdjustment(
      .init(requestID: freshID(), memberID: member, adjustment: adjustment, reason: "a big one"), options: caller(staffID))
    return try #require(reply.request)
  }

  func request(_ amount: Int64, of member: String = "mem_a", by staffID: String) async throws -> LoyaltyV1.AdjustmentRequest {
    try await request(.init(kind: .adjust(.init(points: amount))), of: member, by: staffID)
  }

  @discardableResult
  func approve(_ adjustmentID: String, by staffID: String) async throws -> LoyaltyV1.ApproveAdjustmentResponse {
    try await points.approveAdjustment(.init(requestID: freshID(), adjustmentID: adjustmentID), options: caller(staffID))
  }

  @discardableResult
  func reject(_ adjustmentID: String, by staffID: String) async throws -> LoyaltyV1.RejectAdjustmentResponse {
    try await points.rejectAdjustment(
      .init(requestID: freshID(), adjustmentID: adjustmentID, reason: "no"), options: caller(staffID))
  }

  func link(_ staffID: String, to member: String) async throws {
    _ = try await points.linkStaffMember(.init(requestID: freshID(), staffID: staffID, memberID: member), options: caller("owner"))
  }

  func spendable(_ member: String = "mem_a") async throws -> Int64? {
    try await loyalty.getBalance(.init(memberID: member), options: caller("owner")).balance?.spendablePoints
  }

  func requests(pendingOnly: Bool = false) async throws -> [LoyaltyV1.AdjustmentRequest] {
    try await points.listAdjustmentRequests(.init(pendingOnly: pendingOnly), options: caller("owner")).requests
  }

  func signals(_ kind: LoyaltyV1.RiskKind, of member: String = "") async throws -> [LoyaltyV1.RiskSignal] {
    try await points.listRiskSignals(.init(kind: kind, memberID: member), options: caller("owner")).signals
  }

  func expectSound() async throws {
    let differences = try await service.app.verify()
    #expect(differences.isEmpty)
  }
}
