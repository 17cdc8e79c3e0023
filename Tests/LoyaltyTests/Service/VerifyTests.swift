import Database
import PatronAPI
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct VerifyTests {
  @Test("The sums of the ledger add up to what members have, less what they owe")
  func sums() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.expireAfterMonths = 1 }
      try await rig.adjust(100)
      try await rig.sell("ord_1", spending: 20, netSpend: 5_020)
      try await rig.reverse("ret_1", of: "ord_1", to: 50)
      try await rig.sell("ord_2", "mem_b", netSpend: 10_000)
      rig.advance(days: 60)
      try await rig.sell("ord_3", netSpend: 1_000)
      let found = try await rig.verify()
      #expect(found.differences.isEmpty)
      #expect((found.pointsEarned, found.pointsSpent, found.pointsAdjusted) == (50 + 100 + 10, 20, 100))
      #expect((found.pointsTakenBack, found.pointsGivenBack) == (25, 10))
      #expect(found.accountsChecked == 2)
      #expect(found.asOfTime?.date == rig.now)
      let ledger =
        found.pointsEarned - found.pointsSpent - found.pointsTakenBack + found.pointsGivenBack
        + found.pointsAdjusted - found.pointsExpired
      // Member B's hundred lapsed and are not posted: they are in the ledger and in no balance.
      let (a, b) = (try await rig.balance(), try await rig.balance("mem_b"))
      #expect(ledger == a.spendablePoints - a.debtPoints + 100)
      #expect(b.spendablePoints == 0)
    }
  }

  @Test(
    "Each kind of damage is found and named",
    arguments: [
      ("tiers.growth_matches_ledger", "UPDATE order_hold SET growth_value = growth_value + 1 WHERE state = 'committed'"),
      ("tiers.order_times_match_ledger", "UPDATE order_hold SET resolved_at = resolved_at - 1 WHERE state = 'committed'"),
      ("tiers.returned_matches_returns", "UPDATE order_hold SET returned = 1"),
      ("tiers.grants_are_counted", "UPDATE member_account SET tier_grants = tier_grants + 1"),
      (
        "tiers.grants_name_tiers",
        """
        INSERT INTO tier_grant (grant_id, member_id, tier_code, reason, client_id, staff_id, granted_at)
        VALUES ('tgr_x', 'mem_a', 'ruby', 'x', '', '', 1)
        """
      ),
      ("points.lots_sum_to_balance", "UPDATE member_account SET points = points + 1"),
      ("points.balance_matches_ledger", "UPDATE member_account SET points = points + 1"),
      ("points.lots_match_ledger", "UPDATE lot SET remaining = remaining - 1 WHERE remaining > 0"),
      ("points.spendable_both_ways", "UPDATE lot SET remaining = remaining - 1 WHERE remaining > 0"),
      ("points.expired_lots_match_ledger", "UPDATE lot SET expired = 1, remaining = remaining - 1 WHERE remaining > 0"),
      ("points.held_matches_open_holds", "UPDATE member_account SET held = held + 1"),
      ("points.lots_held_match_draws", "UPDATE lot SET held = 0"),
      ("points.held_and_spent_within_earned", "UPDATE lot SET points = remaining + held"),
      ("points.debt_matches_ledger", "UPDATE member_account SET points = 0, debt = 5"),
      ("points.lifetime_matches_orders", "UPDATE member_account SET lifetime_earned = lifetime_earned + 1"),
      ("points.ledger_has_no_gap", "UPDATE member_account SET last_number = last_number + 1"),
      ("orders.earn_matches_hold", "UPDATE order_hold SET earn_points = earn_points + 1 WHERE state = 'committed'"),
      ("orders.spend_matches_hold", "UPDATE order_hold SET spend_points = spend_points + 1 WHERE state = 'committed'"),
      ("orders.draws_match_hold", "UPDATE hold_draw SET points = points + 1"),
      ("orders.reversals_match_hold", "UPDATE order_hold SET points_taken_back = 0"),
      ("returns.reversal_matches_ledger", "UPDATE order_reversal SET points_given_back = points_given_back + 1"),
      (
        "points.transactions_sum_to_zero",
        "INSERT INTO ledger_entry SELECT member_id, number, 99, 'programme_issued', '', 1 FROM ledger_transaction WHERE number = 1"
      ),
      (
        "points.statement_matches_entries",
        "INSERT INTO ledger_entry SELECT member_id, number, 99, 'member_debt', '', 1 FROM ledger_transaction WHERE number = 1"
      ),
      (
        "points.entries_have_lots",
        "INSERT INTO ledger_entry SELECT member_id, number, 99, 'member_points', 'lot_x', 1 FROM ledger_transaction WHERE number = 1"
      ),
    ])
  func damage(check: String, statement: String) async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.sell("ord_1", spending: 20, netSpend: 5_020)
      try await rig.reverse("ret_1", of: "ord_1", to: 50)
      try await rig.hold("ord_2", spending: 10)
      try await rig.expectSound()
      let damage = SQL("test.damage", statement)
      let rows = try await rig.service.database.write { transaction in try transaction.run(damage, []) }
      #expect(rows > 0)
      let differences = try await rig.verify().differences
      #expect(differences.contains { $0.check == check && !$0.ids.isEmpty }, "\(differences.map(\.check))")
      #expect(try await rig.service.app.verify() == differences)
    }
  }

  @Test("The ledger cannot be rewritten, not even by our own SQL")
  func appendOnly() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      for statement in [
        "UPDATE ledger_entry SET amount = 1", "DELETE FROM ledger_entry", "UPDATE ledger_transaction SET points = 1",
        "DELETE FROM ledger_transaction",
      ] {
        let sql = SQL("test.rewrite", statement)
        await #expect(throws: DatabaseError.constraint(.trigger, sql: "test.rewrite")) {
          try await rig.service.database.write { transaction in _ = try transaction.run(sql, []) }
        }
      }
      try await rig.expectSound()
    }
  }

  @Test("The schema keeps the rules of the house")
  func schema() async throws {
    try await LoyaltyRig.run { rig in
      let problems = try await SchemaCheck.check(rig.service.database)
      #expect(problems.isEmpty)
    }
  }

  @Test("Holds are listed with their state and returns, page by page")
  func holdRecords() async throws {
    try await LoyaltyRig.run { rig in
      for number in 1...5 { try await rig.hold("ord_\(number)", netSpend: 1_000) }
      try await rig.commit("ord_1")
      try await rig.reverse("ret_1", of: "ord_1", to: 50)
      try await rig.reverse("ret_2", of: "ord_1", from: 50)
      try await rig.cancel("ord_3")
      var records: [TypeV1.HoldRecord] = []
      var token = ""
      repeat {
        let page = try await rig.holds.listHolds(LoyaltyV1.ListHoldsRequest(pageSize: 2, pageToken: token))
        records += page.holds
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(records.map(\.orderID) == (1...5).map { "ord_\($0)" })
      #expect(records.map(\.state) == [.committed, .held, .cancelled, .held, .held])
      #expect(records[0].returnIDs == ["ret_1", "ret_2"])
    }
  }

  @Test("What was answered is there after a restart")
  func restart() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.hold("ord_1", spending: 30, netSpend: 5_000)
      let before = try await rig.balance()
      try await rig.service.restart()
      #expect(try await rig.balance() == before)
      #expect(try await rig.commit("ord_1").pointsEarned == 49)
      try await rig.expectSound()
    }
  }
}
