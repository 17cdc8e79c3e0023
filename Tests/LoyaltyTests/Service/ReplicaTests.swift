import Database
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

/// Three replicas of loyalty on one PostgreSQL database.
@Suite(.enabled(if: !TestEngine.isSQLite, "on PostgreSQL only")) struct ReplicaTests {
  private static let members = 4
  private static let orders = 120
  /// Of each member, in lots of 25; every order spends 10 of a member who has enough for twenty.
  private static let points: Int64 = 200

  @Test("Three replicas under load keep every limit, hold and request id, and their books are sound")
  func underLoad() async throws {
    try await LoyaltyRig.runReplicas(3) { rigs in
      for member in 0..<Self.members {
        for _ in 0..<8 { try await rigs[member % 3].adjust(25, of: "mem_\(member)") }
      }
      let template = try await rigs[0].holdRequest("", spending: 10, netSpend: 1_000)
      let held = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<Self.orders {
          group.addTask { try await Self.order(number, template, rigs) }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      // Every member's points suffice for twenty orders at once; those that were cancelled made room for others.
      #expect(held >= Self.members * 20)
      for rig in rigs { try await rig.expectSound() }
      for member in 0..<Self.members {
        let balances = [try await rigs[0].balance("mem_\(member)"), try await rigs[2].balance("mem_\(member)")]
        #expect(balances[0] == balances[1])
        #expect(balances[0].heldPoints == 0 && balances[0].debtPoints == 0)
      }
      try await Self.expectOneFeed(rigs)
    }
  }

  @Test("1,000 callers of three replicas on one member's points get exactly those, and no write begins again")
  func oneMember() async throws {
    try await LoyaltyRig.runReplicas(3) { rigs in
      for _ in 0..<4 { try await rigs[0].adjust(25) }
      let template = try await rigs[0].holdRequest("", spending: 1)
      let held = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<1_000 {
          var request = template
          (request.orderID, request.requestID) = ("ord_\(number)", "ord_\(number)/hold")
          let hold = request
          group.addTask { try await Self.outcome { _ = try await rigs[number % 3].holds.hold(hold) } == "OK" }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(held == 100)
      #expect(try await rigs[1].balance().heldPoints == 100)
      try await rigs[2].expectSound()
    }
  }

  @Test("Returns of one order that three replicas take at once give back and take back what was recorded, and no more")
  func returnsOfOneOrder() async throws {
    try await LoyaltyRig.runReplicas(3) { rigs in
      try await rigs[0].adjust(100)
      try await rigs[0].sell("ord_1", spending: 50, netSpend: 10_000)
      let before = try await rigs[0].balance()
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<10 {
          group.addTask {
            let (from, to) = (Int64(number) * 10, Int64(number + 1) * 10)
            // Each part at two replicas at once, under request ids of their own.
            async let one = rigs[number % 3].reverse("ret_\(number)", of: "ord_1", from: from, to: to)
            async let other = rigs[(number + 1) % 3].reverse("ret_\(number)", of: "ord_1", from: from, to: to)
            _ = try await (one, other)
          }
        }
        try await group.waitForAll()
      }
      let after = try await rigs[1].balance()
      #expect(after.lifetimeSpentPoints == before.lifetimeSpentPoints - 50)
      #expect(after.growthValue == 0)
      try await rigs[2].expectSound()
    }
  }

  /// Holds an order through two replicas at once under one request id, then commits it through one and cancels it through another at once.
  /// Whether it was held.
  private static func order(_ number: Int, _ template: LoyaltyV1.HoldRequest, _ rigs: [LoyaltyRig]) async throws -> Bool {
    var request = template
    (request.orderID, request.memberID, request.requestID) = ("ord_\(number)", "mem_\(number % members)", "ord_\(number)/hold")
    let hold = request
    let (one, other) = (rigs[number % 3], rigs[(number + 1) % 3])
    async let first = outcome { _ = try await one.holds.hold(hold) }
    async let second = outcome { _ = try await other.holds.hold(hold) }
    let outcomes = [try await first, try await second]
    guard outcomes.contains("OK") else {
      #expect(outcomes == ["INSUFFICIENT_POINTS", "INSUFFICIENT_POINTS"])
      return false
    }
    // A refusal leaves no row: one of the two may have been refused just before room was made for the other.
    #expect(outcomes.allSatisfy { $0 == "OK" || $0 == "INSUFFICIENT_POINTS" })
    async let committed = outcome { try await one.commit(hold.orderID, requestID: "ord_\(number)/commit") }
    async let cancelled = outcome { try await other.cancel(hold.orderID, requestID: "ord_\(number)/cancel") }
    let resolutions = [try await committed, try await cancelled]
    #expect(resolutions == ["OK", "HOLD_COMMITTED"] || resolutions == ["HOLD_CANCELLED", "OK"])
    return true
  }

  private static func outcome(_ call: () async throws -> Void) async throws -> String {
    do {
      try await call()
      return "OK"
    } catch let error as RPCError {
      guard let reason = error.reason, error.code == .failedPrecondition else { throw error }
      return reason
    }
  }

  /// Each replica's feed shows each event once, in one order, and a member's ledger in the order of its entries.
  private static func expectOneFeed(_ rigs: [LoyaltyRig]) async throws {
    let published = SQL("test.unpublished", "SELECT count(*) FROM database_outbox WHERE position IS NULL")
    while try await rigs[0].service.database.read({ try $0.first(published) { $0.int(0) } }) != 0 {
      _ = try await rigs[0].service.database.events(after: 0, limit: 1)
    }
    let appended = SQL("test.events", "SELECT event_id FROM database_outbox WHERE aggregate_id = ?1 ORDER BY entry")
    var feeds: [[StoredEvent]] = []
    for rig in rigs { feeds.append(try await rig.service.database.events(after: 0, limit: 10_000)) }
    for feed in feeds {
      #expect(feed == feeds[0])
      #expect(Set(feed.map(\.event.id)).count == feed.count)
      #expect(feed.map(\.position) == feed.map(\.position).sorted())
    }
    for member in 0..<members {
      let inOrder = try await rigs[0].service.database.read { try $0.all(appended, [.text("mem_\(member)")]) { $0.text(0) } }
      #expect(feeds[0].map(\.event).filter { $0.aggregateID == "mem_\(member)" }.map(\.id) == inOrder)
    }
  }
}
