import Database
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Campaign

/// Three replicas of campaign on one PostgreSQL database.
@Suite(.enabled(if: !TestEngine.isSQLite, "on PostgreSQL only")) struct ReplicaTests {
  @Test func `three replicas under load admit exactly the limits, and every counter is the fold of the ledger`() async throws {
    try await Shop.openReplicas(3) { shops in
      let conditions = CampaignV1.Conditions(totalLimit: 40, memberLimit: 3)
      let promotion = try await shops[0].publish(Shop.promotion(conditions: conditions)).promotionID
      let admitted = try await Self.race(callers: 200) { number in
        try await Self.holdTwice("ord_\(number)", member: "mem_\(number % 20)", promotion, shops[number % 3], shops[(number + 1) % 3])
      }
      #expect(admitted.count == 40)
      #expect(try await shops[1].promotion(promotion).heldUses == 40)

      // Half of them committed and the others given back, each through two replicas at once.
      try await withThrowingTaskGroup(of: Void.self) { group in
        for (index, order) in admitted.enumerated() {
          let (one, other) = (shops[index % 3], shops[(index + 2) % 3])
          for shop in [one, other] {
            group.addTask { if index.isMultiple(of: 2) { try await shop.commit(order) } else { try await shop.cancel(order) } }
          }
        }
        try await group.waitForAll()
      }
      let read = try await shops[2].promotion(promotion)
      #expect((read.heldUses, read.committedUses) == (0, 20))
      let perMember = SQL("test.most-of-a-member", "SELECT max(used) FROM rule_member_uses")
      #expect(try await shops[2].service.database.read { try $0.first(perMember) { $0.int(0) } ?? 0 } <= 3)
    }
  }

  @Test func `a coupon for one use goes to one of many tills at three replicas`() async throws {
    try await Shop.openReplicas(3) { shops in
      let template = try await shops[0].publish(Shop.template())
      let coupon = try #require(try await shops[1].issue(template.templateID, count: 1).first)
      let admitted = try await Self.race(callers: 90, refusedWith: "COUPON_USED") { number in
        try await shops[number % 3].hold("ord_\(number)", [Shop.use(coupon: coupon)])
      }
      #expect(admitted.count == 1)
    }
  }

  @Test func `1,000 callers of three replicas on one limit get exactly the limit, and no write begins again`() async throws {
    try await Shop.openReplicas(3) { shops in
      let first = try await shops[0].publish(Shop.promotion(conditions: CampaignV1.Conditions(totalLimit: 100))).promotionID
      let second = try await shops[0].publish(Shop.promotion()).promotionID
      let reruns = shops.map(\.service.database.statistics.reruns)
      let admitted = try await Self.race(callers: 1_000) { number in
        // Two rules in either order: who takes them must not wait in a circle.
        let uses = [Shop.use(promotion: first), Shop.use(promotion: second)]
        try await shops[number % 3].hold("ord_\(number)", number.isMultiple(of: 2) ? uses : uses.reversed(), member: "mem_\(number)")
      }
      #expect(admitted.count == 100)
      #expect(try await shops[1].promotion(first).heldUses == 100)
      #expect(try await shops[1].promotion(second).heldUses == 100)
      #expect(shops.map(\.service.database.statistics.reruns) == reruns)
    }
  }

  @Test func `what tills hold all the time is published anew, stopped and withdrawn meanwhile, and no write begins again`() async throws {
    try await Shop.openReplicas(3) { shops in
      let promotion = try await shops[0].publish(Shop.promotion())
      let template = try await shops[0].publish(Shop.template(usesPerCode: 1_000))
      let coupon = try #require(try await shops[0].issue(template.templateID, count: 1).first)
      let reruns = shops.map(\.service.database.statistics.reruns)
      try await withThrowingTaskGroup(of: Void.self) { group in
        group.addTask {
          let uses = [Shop.use(promotion: promotion.promotionID), Shop.use(coupon: coupon)]
          _ = try await Self.race(callers: 300, refusedWith: "COUPON_VOID") { number in
            try await shops[number % 3].hold("ord_\(number)", uses)
          }
        }
        group.addTask {
          try await shops[1].publish(promotion)
          _ = try await shops[2].publish(template)
          try await shops[1].stop(promotion.promotionID)
          try await shops[2].void(coupon.couponID)
        }
        try await group.waitForAll()
      }
      let stopped = try await shops[0].promotion(promotion.promotionID)
      #expect(stopped.state == .stopped && stopped.version == 2)
      #expect(try await shops[0].coupon(coupon.couponID).void)
      #expect(shops.map(\.service.database.statistics.reruns) == reruns)
    }
  }

  /// The same hold at two replicas at once, as after a timeout; refused only when both are.
  private static func holdTwice(_ order: String, member: String, _ promotion: String, _ one: Shop, _ other: Shop) async throws {
    async let first: Void = one.hold(order, [Shop.use(promotion: promotion)], member: member)
    async let second: Void = other.hold(order, [Shop.use(promotion: promotion)], member: member)
    try await first
    try await second
  }

  /// The orders of those that were admitted; the others must have been refused with `reason`.
  private static func race(
    callers: Int, refusedWith reason: String = "LIMIT_REACHED", _ call: @escaping @Sendable (Int) async throws -> Void
  ) async throws -> [String] {
    try await withThrowingTaskGroup(of: String?.self) { group in
      for number in 0..<callers {
        group.addTask {
          do {
            try await call(number)
            return "ord_\(number)"
          } catch let error as RPCError where error.reason == reason {
            return nil
          }
        }
      }
      return try await group.reduce(into: []) { if let order = $1 { $0.append(order) } }
    }
  }
}
