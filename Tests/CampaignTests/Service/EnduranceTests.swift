import Database
import PatronAPI
import ServiceTesting
import Testing

@testable import Campaign

@Suite struct EnduranceTests {
  // MARK: Restart

  @Test func `holds, counters and replies outlive a restart`() async throws {
    try await Shop.open { shop in
      let promotion = try await shop.publish(Shop.promotion(conditions: CampaignV1.Conditions(totalLimit: 2))).promotionID
      try await shop.hold("ord_1", [Shop.use(promotion: promotion)])
      try await shop.hold("ord_2", [Shop.use(promotion: promotion)])
      try await shop.service.restart()
      try await shop.hold("ord_1", [Shop.use(promotion: promotion)])
      await expectRefusal(.resourceExhausted, "LIMIT_REACHED") { try await shop.hold("ord_3", [Shop.use(promotion: promotion)]) }
      try await shop.commit("ord_1")
      try await shop.service.restart()
      try await shop.commit("ord_1")
      let read = try await shop.promotion(promotion)
      #expect(read.heldUses == 1)
      #expect(read.committedUses == 1)
    }
  }

  // MARK: The world

  @Test(.enabled(if: TestEngine.isSQLite)) func `a full disk refuses with a reason and leaves no part of the command`() async throws {
    try await Shop.open(maximumPageCount: 200) { shop in
      let template = try await shop.publish(Shop.template())
      var issued: Int64 = 0
      await expectRefusal(.resourceExhausted, "STORAGE_FULL") {
        for _ in 0..<100 { issued += Int64(try await shop.issue(template.templateID, count: 100).count) }
      }
      let count = SQL("test.count-coupons", "SELECT (SELECT COUNT(*) FROM coupons), (SELECT COUNT(*) FROM database_outbox)")
      let counts = try await shop.service.database.read { try $0.first(count) { [$0.int64(0), $0.int64(1)] } }
      #expect(counts == [issued, issued])
      #expect(issued > 0)
    }
  }
}
