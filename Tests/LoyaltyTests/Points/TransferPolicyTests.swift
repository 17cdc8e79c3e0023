import Testing

@testable import Loyalty

@Suite struct TransferPolicyTests {
  @Test(
    "A fee is points, or thousandths rounded down",
    arguments: [
      (points: Int64(100), perMille: Int64(0), flat: Int64(5), fee: Int64(5)), (99, 10, 0, 0), (100, 10, 0, 1), (199, 10, 0, 1),
      (12_345, 25, 0, 308), (1_000_000_000, 1_000, 0, 1_000_000_000), (1, 999, 0, 0),
    ])
  func fee(points: Int64, perMille: Int64, flat: Int64, fee: Int64) {
    #expect(TransferPolicy(isAllowed: true, feePoints: flat, feePerMille: perMille).fee(of: points) == fee)
  }

  private static let policy = TransferPolicy(
    isAllowed: true, minimum: 10, maximum: 100, senderDaily: 150, senderMonthly: 300, receiverMonthly: 400)

  @Test(
    "Each limit holds to the point",
    arguments: [
      (9, TransferPolicy.Use(), TransferPolicy.Limit?.some(.minimum), Int64(0)), (10, TransferPolicy.Use(), nil, 0),
      (100, TransferPolicy.Use(), nil, 0), (101, TransferPolicy.Use(), .maximum, 100),
      (50, TransferPolicy.Use(sentToday: 100, sentThisMonth: 100), nil, 0),
      (51, TransferPolicy.Use(sentToday: 100, sentThisMonth: 100), .senderDay, 50),
      (50, TransferPolicy.Use(sentThisMonth: 250), nil, 0), (51, TransferPolicy.Use(sentThisMonth: 250), .senderMonth, 50),
      (50, TransferPolicy.Use(receivedThisMonth: 350), nil, 0), (51, TransferPolicy.Use(receivedThisMonth: 350), .receiverMonth, 50),
      (10, TransferPolicy.Use(receivedThisMonth: 500), .receiverMonth, 0),
    ])
  func limits(points: Int, use: TransferPolicy.Use, limit: TransferPolicy.Limit?, room: Int64) {
    do {
      try Self.policy.check(Int64(points), after: use)
      #expect(limit == nil)
    } catch {
      guard case .transferLimit(limit, _, room) = error else {
        Issue.record("\(error)")
        return
      }
    }
  }

  @Test("Nothing is limited by 0, and nothing is allowed before a policy says so")
  func unlimited() throws {
    try TransferPolicy(isAllowed: true).check(1_000_000_000, after: TransferPolicy.Use(sentToday: 1_000_000_000))
    #expect(throws: PointsRefusal.transfersNotAllowed) { try PointsPolicy.unpublished.transfers.check(1, after: TransferPolicy.Use()) }
  }
}
