import Database
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct EarnCapTests {
  private static let reached = Refused(code: .failedPrecondition, reason: "EARN_CAP_REACHED")

  /// What `netSpend` would earn the member now.
  private func decision(_ netSpend: Int64, _ rig: LoyaltyRig) async throws -> LoyaltyV1.EarnDecision {
    try #require(
      try await rig.evaluate([LoyaltyV1.EarnLine(lineNumber: 1, netSpendMinorUnits: netSpend)]).decision)
  }

  private func hold(_ order: String, _ netSpend: Int64, _ rig: LoyaltyRig) async throws -> Int64 {
    let decision = try await decision(netSpend, rig)
    try await rig.hold(earning: decision, order)
    return decision.points
  }

  @Test("A day's cap counts what is held, a cancel and a return give their part back, and the next day begins anew")
  func day() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-11-22T12:00:00-05:00")
      try await rig.publish { ($0.timeZone, $0.caps) = ("America/New_York", LoyaltyV1.EarnCaps(dayPoints: 100)) }
      #expect(try await hold("ord_1", 6_000, rig) == 60)
      #expect(try await hold("ord_2", 6_000, rig) == 40)
      #expect(try await hold("ord_3", 6_000, rig) == 0)
      try await rig.cancel("ord_1")
      #expect(try await hold("ord_4", 5_000, rig) == 50)
      try await rig.commit("ord_2")
      try await rig.commit("ord_4")
      #expect(try await decision(6_000, rig).points == 10)
      // Half of 40 goes back, and with it the room for 20.
      try await rig.reverse("ret_1", of: "ord_2", from: 0, to: 50, of: 100)
      #expect(try await decision(6_000, rig).points == 30)
      try await rig.expectSound()
      rig.setClock("2026-11-22T23:59:59.999999-05:00")
      #expect(try await decision(6_000, rig).points == 30)
      rig.setClock("2026-11-23T00:00:00-05:00")
      #expect(try await hold("ord_5", 6_000, rig) == 60)
      // What comes back of yesterday leaves no room today.
      try await rig.reverse("ret_2", of: "ord_4", from: 0, to: 100, of: 100)
      #expect(try await decision(9_000, rig).points == 40)
      try await rig.expectSound()
    }
  }

  @Test("Caps of the month and of the member's life hold beside each other, an order's by itself")
  func months() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-11-30T12:00:00Z")
      try await rig.publish { $0.caps = LoyaltyV1.EarnCaps(orderPoints: 40, monthPoints: 50, memberPoints: 110) }
      #expect(try await hold("ord_1", 10_000, rig) == 40)
      #expect(try await hold("ord_2", 10_000, rig) == 10)
      rig.setClock("2026-12-01T00:00:00Z")
      #expect(try await hold("ord_3", 10_000, rig) == 40)
      #expect(try await hold("ord_4", 10_000, rig) == 10)
      rig.setClock("2027-01-01T00:00:00Z")
      #expect(try await hold("ord_5", 10_000, rig) == 10)
      #expect(try await hold("ord_6", 10_000, rig) == 0)
      for order in 1...6 { try await rig.commit("ord_\(order)") }
      #expect(try await rig.balance().lifetimeEarnedPoints == 110)
      try await rig.expectSound()
    }
  }

  @Test("Of two tills that were promised the same room one gets it, and the other hears so before it takes money")
  func race() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.caps = LoyaltyV1.EarnCaps(dayPoints: 100) }
      let promise = try await decision(8_000, rig)
      try await rig.hold(earning: promise, "ord_1")
      #expect(try await refusal { try await rig.hold(earning: promise, "ord_2") } == Self.reached)
      // The same hold again is the same hold, also without room.
      try await rig.hold(earning: promise, "ord_1")
      #expect(try await hold("ord_2", 8_000, rig) == 20)
      try await rig.expectSound()
    }
  }

  @Test("1,000 tills at once never exceed a day's cap, and what was held is committed")
  func contention() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.caps = LoyaltyV1.EarnCaps(dayPoints: 1_000) }
      let promise = try await decision(700, rig)
      let held = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<1_000 {
          group.addTask {
            do {
              try await rig.hold(earning: promise, "ord_\(number)", requestID: "ord_\(number)/hold")
              try await rig.commit("ord_\(number)", requestID: "ord_\(number)/commit")
              return true
            } catch let error as RPCError where error.reason == "EARN_CAP_REACHED" {
              return false
            }
          }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(held == 142)
      #expect(try await rig.balance().spendablePoints == 994)
      try await rig.expectSound()
    }
  }

  @Test("A version without caps counts nothing, and one with caps counts from then on")
  func countedFromThenOn() async throws {
    try await LoyaltyRig.run { rig in
      #expect(try await hold("ord_1", 10_000, rig) == 100)
      try await rig.publish { $0.caps = LoyaltyV1.EarnCaps(memberPoints: 100) }
      #expect(try await hold("ord_2", 9_000, rig) == 90)
      #expect(try await hold("ord_3", 9_000, rig) == 10)
      try await rig.cancel("ord_1")
      try await rig.publish { _ in }
      #expect(try await hold("ord_4", 9_000, rig) == 90)
      for order in 2...4 { try await rig.commit("ord_\(order)") }
      try await rig.reverse("ret_1", of: "ord_2")
      try await rig.expectSound()
    }
  }

  @Test("Verify names the member whose counted points are not those of the orders, and a cap that was exceeded")
  func verify() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.caps = LoyaltyV1.EarnCaps(dayPoints: 100, monthPoints: 100, memberPoints: 100) }
      try await rig.hold(earning: try await decision(10_000, rig), "ord_1")
      try await rig.tamper("UPDATE earn_cap_use SET day_points = 99 WHERE member_id = 'mem_a'")
      #expect(try await rig.verify().differences.map(\.check) == ["caps.use_matches_orders"])
      try await rig.tamper("UPDATE earn_cap_use SET day_points = 100 WHERE member_id = 'mem_a'")
      try await rig.expectSound()
      try await rig.tamper("UPDATE order_hold SET earn_points = 101 WHERE order_id = 'ord_1'")
      #expect(
        Set(try await rig.verify().differences.map(\.check)) == [
          "caps.use_matches_orders", "caps.earned_within_day", "caps.earned_within_month", "caps.earned_within_member",
        ])
    }
  }
}

extension LoyaltyRig {
  fileprivate func tamper(_ statement: String) async throws {
    let sql = SQL("test.tamper", statement)
    let rows = try await service.database.write { transaction in try transaction.run(sql, []) }
    #expect(rows == 1)
  }
}
