import Database
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct ExpiryTests {
  @Test("Points are spendable to the last instant of their last day, and not an instant longer")
  func atTheInstant() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-31T15:00:00-05:00")
      try await rig.publish { rule in
        rule.expireAfterMonths = 1
        rule.timeZone = "America/New_York"
      }
      try await rig.adjust(100)
      rig.setClock("2026-02-28T23:59:59.999999-05:00")
      #expect(try await rig.balance().spendablePoints == 100)
      try await rig.hold("ord_1", spending: 40)

      rig.setClock("2026-03-01T00:00:00-05:00")
      var balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.heldPoints) == (0, 40))
      #expect(try await refusal { try await rig.hold("ord_2", spending: 1) } == .insufficientPoints)
      #expect(try await rig.lots().map(\.remainingPoints) == [0])
      #expect(try await rig.lots().map(\.heldPoints) == [40])
      // Nothing is posted yet, and the books are sound all the same.
      #expect(try await rig.entries().map(\.kind) == [.adjust])
      try await rig.expectSound()

      // The member's next write posts it, at its instant.
      rig.setClock("2026-03-05T12:00:00-05:00")
      try await rig.sell("ord_3", netSpend: 1_000)
      let expiry = try #require(try await rig.entries().first { $0.kind == .expire })
      #expect((expiry.points, expiry.actor) == (-60, "loyalty"))
      #expect(expiry.effectiveTime?.date == instant("2026-03-01T00:00:00-05:00"))
      #expect(expiry.entryTime?.date == rig.now)
      balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.heldPoints) == (10, 40))
      try await rig.expectSound()
    }
  }

  @Test("Held points do not expire; committed they are spent")
  func expiryWhileHeldThenCommit() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.hold("ord_1", spending: 100)
      rig.advance(days: 400)
      #expect(try await rig.commit("ord_1").pointsSpent == 100)
      #expect(try await rig.entries().map(\.kind) == [.spend, .adjust])
      try await rig.expectSound()
    }
  }

  @Test("Held points past their expiry expire at once when the hold is cancelled")
  func expiryWhileHeldThenCancel() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.hold("ord_1", spending: 30)
      rig.advance(days: 400)
      try await rig.cancel("ord_1")
      let balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.heldPoints) == (0, 0))
      // The 70 that were free, and the 30 that the cancel released, of one lot.
      #expect(try await rig.entries().map(\.points) == [-30, -70, 100])
      #expect(try await rig.lots().isEmpty)
      try await rig.expectSound()
    }
  }

  @Test("The background poster writes down what lapsed, in bounded rounds, once")
  func poster() async throws {
    try await LoyaltyRig.run { rig in
      for member in ["mem_a", "mem_b", "mem_c"] { try await rig.adjust(10, of: member) }
      rig.advance(days: 200)
      try await rig.adjust(10, of: "mem_d")
      rig.advance(days: 200)
      let poster = ExpiryPoster(environment: rig.service.environment, interval: .seconds(60), batch: 2)
      #expect(try await poster.postRound().size == 2)
      #expect(try await rig.verify().pointsExpired == 20)
      #expect(try await poster.postRound().size == 1)
      #expect(try await poster.postRound().size == 0)
      #expect(try await rig.verify().pointsExpired == 30)
      #expect(try await rig.balance("mem_d").spendablePoints == 10)
      let expired = try await rig.service.database.events(after: 0, limit: 100).map(\.event).filter {
        $0.type == "loyalty.points_expired.v1"
      }
      #expect(Set(expired.map(\.aggregateID)) == ["mem_a", "mem_b", "mem_c"])
      try await rig.expectSound()
    }
  }

  @Test("A member whose books are broken keeps nobody else's expiry from being posted")
  func brokenMember() async throws {
    try await LoyaltyRig.run { rig in
      for member in ["mem_a", "mem_b", "mem_c"] { try await rig.adjust(10, of: member) }
      // Fewer points than its lots hold, so that no expiry can be taken from them.
      let damage = SQL("test.damage", "UPDATE member_account SET points = 3 WHERE member_id = 'mem_a'")
      try await rig.service.database.write { try $0.run(damage) }
      rig.advance(days: 400)
      let poster = ExpiryPoster(environment: rig.service.environment, interval: .seconds(60), batch: 1)
      try await poster.pass()
      #expect(try await rig.verify().pointsExpired == 20)
      let lines = rig.service.logs.lines.filter { $0.hasPrefix("error expired points") }
      #expect(lines.count == 1 && lines[0].contains("member_id=mem_a"), "\(lines)")
    }
  }

  @Test("A rule without months never expires its points")
  func never() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.expireAfterMonths = 0 }
      try await rig.sell("ord_1", netSpend: 5_000)
      #expect(try await rig.lots().map(\.expireTime) == [nil])
      rig.setClock("2999-12-31T00:00:00Z")
      #expect(try await rig.balance().spendablePoints == 50)
    }
  }

  @Test("The whole expiry schedule is listed, page by page, earliest first")
  func schedule() async throws {
    try await LoyaltyRig.run { rig in
      for month in 1...5 {
        try await rig.publish { $0.expireAfterMonths = Int32(6 - month) }
        try await rig.adjust(Int64(month))
      }
      var points: [Int64] = []
      var token = ""
      repeat {
        let page = try await rig.loyalty.listLots(LoyaltyV1.ListLotsRequest(memberID: "mem_a", pageSize: 2, pageToken: token))
        #expect(page.lots.count <= 2)
        points += page.lots.map(\.remainingPoints)
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(points == [5, 4, 3, 2, 1])
      // A token of another member's list is refused.
      let page = try await rig.loyalty.listLots(LoyaltyV1.ListLotsRequest(memberID: "mem_a", pageSize: 2))
      let other = LoyaltyV1.ListLotsRequest(memberID: "mem_b", pageToken: page.nextPageToken)
      #expect(try await refusal { _ = try await rig.loyalty.listLots(other) }.reason == "PAGE_TOKEN_INVALID")
    }
  }
}
