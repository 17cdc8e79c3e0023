import Database
import PatronAPI
import Testing

@testable import Campaign

@Suite struct VerifyTests {
  @Test func `the schema keeps the database's rules`() async throws {
    try await Shop.open { shop in
      let violations = try await SchemaCheck.check(shop.service.database)
      #expect(violations.isEmpty)
    }
  }

  @Test func `the ledger of uses is append-only`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      try await shop.hold("ord_1", [Shop.use(promotion: promotion)])
      for sql in [
        SQL("test.update-entry", "UPDATE use_entries SET minor_units = 1"), SQL("test.delete-entry", "DELETE FROM use_entries"),
      ] {
        await #expect(throws: DatabaseError.constraint(.trigger, sql: sql.name)) {
          try await shop.service.database.write { try $0.run(sql) }
        }
      }
    }
  }

  @Test func `every entry says who, where, by which version and why`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      try await shop.hold("ord_1", [Shop.use(promotion: promotion)], member: "mem_1")
      try await shop.commit("ord_1")
      try await shop.reverse("ord_1", by: "ret_1", whole: true)
      let sql = SQL(
        "test.entries",
        """
        SELECT rule_id || '/' || version || ' ' || member_id || ' ' || store_id || ' ' || client_id || ' ' || staff_id || ' '
          || minor_units || ' ' || currency_code || ' ' || from_account || '>' || to_account || ' ' || reason || ' '
          || COALESCE(return_id, '-')
        FROM use_entries ORDER BY movement
        """)
      let entries = try await shop.service.database.read { try $0.all(sql) { $0.text(0) } }
      #expect(
        entries == [
          "\(promotion)/1 mem_1 sto_1 cli_1 stf_1 100 USD 0>1 ORDER_HELD -",
          "\(promotion)/1 mem_1 sto_1 cli_1 stf_1 100 USD 1>2 ORDER_COMMITTED -",
          "\(promotion)/1 mem_1 sto_1 cli_1 stf_1 100 USD 2>0 ORDER_RETURNED ret_1",
        ])
    }
  }

  @Test func `verify counts what it has looked at`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      for number in 1...4 { try await shop.hold("ord_\(number)", [Shop.use(promotion: promotion)], member: "mem_1") }
      for number in 1...3 { try await shop.commit("ord_\(number)") }
      try await shop.cancel("ord_4")
      try await shop.reverse("ord_1", by: "ret_1", whole: true)
      let reply = try await shop.saga.verify(CampaignV1.VerifyRequest())
      #expect(reply.differences.isEmpty)
      #expect(reply.countersChecked == 2)
      #expect(reply.entriesChecked == 9)
      #expect(reply.committedUses == 3)
      #expect(reply.reversedUses == 1)
      #expect(reply.discountedMinorUnits == 300)
      #expect(reply.asOfTime?.date == shop.service.clock.now())
    }
  }

  struct Damage: Sendable {
    let check: String
    let sql: SQL
  }

  @Test(arguments: [
    Damage(
      check: "uses.rule_counters_are_the_fold_of_entries", sql: SQL("test.damage-rule", "UPDATE rules SET used = used + 1 WHERE kind = 1")),
    Damage(
      check: "uses.member_counters_are_the_fold_of_entries",
      sql: SQL("test.damage-member", "UPDATE rule_member_uses SET held = held + 1 WHERE rule_id LIKE 'prm%'")),
    Damage(
      check: "uses.member_counters_are_the_fold_of_entries",
      sql: SQL("test.damage-no-member", "DELETE FROM rule_member_uses WHERE rule_id LIKE 'prm%'")),
    Damage(check: "uses.coupon_counters_are_the_fold_of_entries", sql: SQL("test.damage-coupon", "UPDATE coupons SET used = 0, held = 1")),
    Damage(
      check: "uses.movements_are_those_of_the_hold", sql: SQL("test.damage-hold", "UPDATE holds SET state = 3 WHERE order_id = 'ord_1'")),
    Damage(
      check: "uses.returns_gave_back_what_they_say", sql: SQL("test.damage-return", "UPDATE hold_returns SET uses_given_back = 7")),
    Damage(
      check: "rules.current_version_is_published", sql: SQL("test.damage-version", "UPDATE rules SET current_version = 2 WHERE kind = 1")),
    Damage(
      check: "rules.current_version_is_published", sql: SQL("test.damage-limit", "UPDATE rules SET total_limit = 10 WHERE kind = 1")),
  ])
  func `each kind of damage is found`(_ damage: Damage) async throws {
    try await Shop.open(isDamaged: true) { shop in
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      let template = try await shop.publish(Shop.template(usesPerCode: 2))
      let coupon = try #require(try await shop.issue(template.templateID, count: 1).first)
      try await shop.hold("ord_1", [Shop.use(promotion: promotion), Shop.use(coupon: coupon)], member: "mem_1")
      try await shop.commit("ord_1")
      try await shop.hold("ord_2", [Shop.use(promotion: promotion)], member: "mem_1")
      try await shop.commit("ord_2")
      try await shop.reverse("ord_2", by: "ret_1", whole: true)
      #expect(try await shop.service.app.verify().isEmpty)
      try await shop.service.database.write { _ = try $0.run(damage.sql) }
      #expect(Set(try await shop.service.app.verify().map(\.check)) == [damage.check])
    }
  }

  @Test func `holds are listed with their states and returns`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion()).promotionID
      for number in 1...4 { try await shop.hold("ord_\(number)", [Shop.use(promotion: promotion)]) }
      try await shop.commit("ord_2")
      try await shop.reverse("ord_2", by: "ret_b", whole: false)
      try await shop.reverse("ord_2", by: "ret_a", whole: true)
      try await shop.cancel("ord_3")
      try await shop.cancel("ord_5")
      var listed: [TypeV1.HoldRecord] = []
      var token = ""
      repeat {
        let page = try await shop.saga.listHolds(CampaignV1.ListHoldsRequest(pageSize: 2, pageToken: token))
        listed += page.holds
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(listed.map(\.orderID) == ["ord_1", "ord_2", "ord_3", "ord_4", "ord_5"])
      #expect(listed.map(\.state) == [.held, .committed, .cancelled, .held, .tombstone])
      #expect(listed.map(\.returnIDs) == [[], ["ret_a", "ret_b"], [], [], []])
    }
  }
}
