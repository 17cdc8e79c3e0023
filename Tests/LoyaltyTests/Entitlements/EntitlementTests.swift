import Database
import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct EntitlementTests {
  private static func refused(_ reason: String, _ code: StatusCode = .failedPrecondition) -> Refused { Refused(code: code, reason: reason) }

  @Test("A card is sold once under its reference, whoever repeats the call, and refused with other terms")
  func issued() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T10:00:00Z")
      try await rig.publishPlan()
      var request = rig.issueRequest(reference: "till-7")
      let first = try #require(try await rig.entitlements.issueEntitlement(request).entitlement)
      #expect((first.state, first.usesLeft, first.periods.map(\.used)) == (.active, 10, [0]))
      #expect(first.expireTime?.date == instant("2027-01-31T00:00:00Z"))
      for _ in 0..<2 {
        request.requestID = rig.freshID()
        #expect(try await rig.entitlements.issueEntitlement(request).entitlement?.entitlementID == first.entitlementID)
      }
      (request.requestID, request.memberID) = (rig.freshID(), "mem_b")
      #expect(
        try await refusal { _ = try await rig.entitlements.issueEntitlement(request) } == Self.refused("REFERENCE_DIFFERS", .alreadyExists))
      let all = try await rig.entitlements.listEntitlements(LoyaltyV1.ListEntitlementsRequest(memberID: "mem_a"))
      #expect(all.entitlements.map(\.entitlementID) == [first.entitlementID])
      try await rig.expectSound()
    }
  }

  @Test("A price that is another by now, and a plan that nobody published, are refused")
  func prices() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPlan()
      var request = rig.issueRequest()
      request.expectedPrice = 9_999
      #expect(try await refusal { _ = try await rig.entitlements.issueEntitlement(request) } == Self.refused("PRICE_CHANGED"))
      #expect(
        try await refusal { _ = try await rig.entitlements.issueEntitlement(rig.issueRequest("none")) }
          == Self.refused("PLAN_UNKNOWN", .notFound))
      #expect(try await refusal { try await rig.publishPlan { $0.price = TypeV1.Money(1, "USD") } } == Self.refused("CURRENCY_FIXED"))
      #expect(try await refusal { try await rig.publishPlan { $0.validity = "12M inactive" } } == .invalidFields)
      #expect(try await rig.publishPlan { $0.uses = 12 }.version == 2)
      let plans = try await rig.entitlements.listEntitlementPlans(LoyaltyV1.ListEntitlementPlansRequest()).plans
      #expect(plans.map(\.version) == [2] && plans.map(\.uses) == [12])
    }
  }

  @Test("A use is held, committed once and taken back once, under whatever request ids")
  func uses() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPlan()
      let card = try await rig.issueCard()
      let use = try await rig.holdUse(card, 3)
      var seen = try await rig.look(at: card)
      #expect((seen.usesLeft, seen.usesHeld) == (7, 3))
      for _ in 0..<2 { #expect(try await rig.commitUse(use).entitlement?.usesLeft == 7) }
      #expect(try await refusal { try await rig.cancelUse(use) } == Self.refused("USE_STATE"))
      for _ in 0..<2 { #expect(try await rig.reverseUse(use).entitlement?.usesLeft == 10) }
      #expect(try await refusal { try await rig.commitUse(use) } == Self.refused("USE_STATE"))
      let cancelled = try await rig.holdUse(card, 10)
      #expect(try await rig.look(at: card).state == .usedUp)
      #expect(try await refusal { try await rig.holdUse(card) } == Self.refused("USES_EXHAUSTED"))
      for _ in 0..<2 { try await rig.cancelUse(cancelled) }
      #expect(try await refusal { try await rig.commitUse("use_none") } == Self.refused("USE_UNKNOWN", .notFound))
      seen = try await rig.look(at: card)
      #expect((seen.state, seen.usesLeft, seen.usesHeld) == (.active, 10, 0))
      #expect(try await rig.entries(ofCard: card).map(\.kind) == [.useReversal, .use, .issue])
      #expect(try await rig.entries(ofCard: card).map(\.uses) == [3, -3, 10])
      try await rig.expectSound()
    }
  }

  @Test("A visit's reference is used once; a hold lapses at its instant, written down or not")
  func lapses() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T10:00:00Z")
      try await rig.publishPlan()
      let card = try await rig.issueCard()
      var request = rig.useRequest(card, 10, reference: "class-1")
      request.hold = GoogleProtobuf.Duration(.seconds(3_600))
      let use = try #require(try await rig.entitlements.holdUse(request).use)
      request.requestID = rig.freshID()
      #expect(try await rig.entitlements.holdUse(request).use == use)
      rig.setClock("2027-01-01T10:59:59.999999Z")
      #expect(try await rig.look(at: card).usesLeft == 0)
      rig.setClock("2027-01-01T11:00:00Z")
      #expect(try await rig.look(at: card).usesLeft == 10)
      try await rig.expectSound()
      #expect(try await refusal { try await rig.commitUse(use.useID) } == Self.refused("USE_LAPSED"))
      let another = try await rig.holdUse(card, 10, commit: true)
      request.requestID = rig.freshID()
      #expect(try await rig.entitlements.holdUse(request).use?.state == .lapsed)
      try await rig.cancelUse(use.useID)
      try await rig.reverseUse(another)
      try await rig.expectSound()
    }
  }

  @Test("A day's limit counts held and used ones of the plan's day, a plan's services admit to nothing else")
  func limits() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T22:30:00Z")
      try await rig.publishPlan { ($0.usesPerDay, $0.services, $0.timeZone) = (2, ["pool", "sauna"], "Europe/Berlin") }
      let card = try await rig.issueCard()
      #expect(
        try await refusal { _ = try await rig.entitlements.holdUse(rig.useRequest(card, service: "gym")) }
          == Self.refused("SERVICE_NOT_COVERED"))
      for commit in [true, false] { _ = try await rig.entitlements.holdUse(rig.useRequest(card, service: "pool", commit: commit)) }
      #expect(
        try await refusal { _ = try await rig.entitlements.holdUse(rig.useRequest(card, service: "sauna")) } == Self.refused("DAILY_USES"))
      // Midnight in Berlin.
      rig.setClock("2027-01-01T23:00:00Z")
      _ = try await rig.entitlements.holdUse(rig.useRequest(card, 2, service: "sauna"))
      try await rig.expectSound()
    }
  }

  @Test("A thousand callers on a card of ten get exactly ten")
  func contention() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPlan()
      let card = try await rig.issueCard()
      let granted = await withTaskGroup(of: Bool.self) { group in
        for _ in 0..<1_000 { group.addTask { (try? await rig.holdUse(card, commit: true)) != nil } }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(granted == 10)
      #expect(try await rig.look(at: card).state == .usedUp)
      try await rig.expectSound()
    }
  }

  @Test("A season that is sold ahead begins on its first day, and a renewal goes on where the last period ends")
  func periods() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-02-10T10:00:00Z")
      try await rig.publishPlan("season") { ($0.uses, $0.validity) = (0, "end_of_quarter") }
      var request = rig.issueRequest("season")
      request.firstDay = TypeV1.Date(year: 2027, month: 4, day: 1)
      let card = try #require(try await rig.entitlements.issueEntitlement(request).entitlement)
      #expect((card.state, card.expireTime?.date) == (.pending, instant("2027-07-01T00:00:00Z")))
      #expect(try await refusal { try await rig.holdUse(card.entitlementID) } == Self.refused("ENTITLEMENT_NOT_ACTIVE"))
      rig.setClock("2027-04-01T00:00:00Z")
      #expect(try await rig.holdUse(card.entitlementID, 5, commit: true).isEmpty == false)
      let renewed = try await rig.renewCard(card.entitlementID)
      #expect(renewed.periods.map { $0.startTime?.date } == [instant("2027-04-01T00:00:00Z"), instant("2027-07-01T00:00:00Z")])
      #expect(renewed.expireTime?.date == instant("2027-10-01T00:00:00Z") && renewed.usesLeft == nil)
      rig.setClock("2027-10-01T00:00:00Z")
      #expect(try await rig.look(at: card.entitlementID).state == .grace)
      rig.setClock("2027-10-06T00:00:00Z")
      #expect(try await rig.look(at: card.entitlementID).state == .ended)
      try await rig.expectSound()
    }
  }

  @Test("A frozen card is neither used nor refunded nor renewed, and no plan's days are exceeded")
  func frozen() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T10:00:00Z")
      try await rig.publishPlan()
      let card = try await rig.issueCard()
      #expect(try await refusal { try await rig.freezeCard(card, days: 11) } == Self.refused("FREEZE_DAYS"))
      try await rig.freezeCard(card, days: 10)
      let frozen = Self.refused("ENTITLEMENT_NOT_ACTIVE")
      #expect(try await refusal { try await rig.holdUse(card) } == frozen)
      #expect(try await refusal { try await rig.refundCard(card) } == frozen)
      #expect(try await refusal { try await rig.renewCard(card) } == frozen)
      #expect(try await refusal { try await rig.freezeCard(card, days: 1) } == frozen)
      let seen = try await rig.look(at: card)
      #expect((seen.state, seen.expireTime?.date) == (.frozen, instant("2027-02-10T00:00:00Z")))
      rig.setClock("2027-01-04T10:00:00Z")
      try await rig.unfreezeCard(card)
      #expect(try await rig.look(at: card).expireTime?.date == instant("2027-02-03T00:00:00Z"))
      #expect(try await refusal { try await rig.unfreezeCard(card) } == frozen)
      #expect(try await rig.entries(ofCard: card).map(\.days) == [-7, 10, 0])
      try await rig.holdUse(card, commit: true)
      try await rig.expectSound()
    }
  }

  @Test("A refund pays the unused share once; what was reckoned stays reckoned")
  func refunded() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T10:00:00Z")
      try await rig.publishPlan { $0.validity = "never" }
      let card = try await rig.issueCard()
      let used = try await rig.holdUse(card, 4, commit: true)
      let held = try await rig.holdUse(card, 1)
      #expect(try await refusal { try await rig.refundCard(card) } == Self.refused("USES_HELD"))
      try await rig.cancelUse(held)
      for _ in 0..<2 { #expect(try await rig.refundCard(card, reference: "refund-1") == 6_000) }
      #expect(try await refusal { try await rig.refundCard(card) } == Self.refused("PERIOD_REFUNDED"))
      #expect(try await refusal { try await rig.refundCard(card, period: 2) } == Self.refused("PERIOD_UNKNOWN", .notFound))
      #expect(try await refusal { try await rig.reverseUse(used) } == Self.refused("PERIOD_REFUNDED"))
      #expect(try await refusal { try await rig.holdUse(card) } == Self.refused("ENTITLEMENT_NOT_ACTIVE"))
      #expect(try await rig.entries(ofCard: card).first?.money == TypeV1.Money(-6_000, "EUR"))
      try await rig.expectSound()
    }
  }

  @Test("The end of a card is told of once, again when it has moved, and not when it goes on")
  func notices() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T10:00:00Z")
      try await rig.publishPlan()
      let (card, renewed) = (try await rig.issueCard(), try await rig.issueCard("gym", "mem_b"))
      _ = try await rig.entitlements.setRenewal(
        LoyaltyV1.SetRenewalRequest(requestID: rig.freshID(), entitlementID: card, renews: true))
      try await rig.renewCard(renewed)
      let notices = ExpiryNotices(
        environment: rig.service.environment, interval: .seconds(60), lead: .seconds(7 * 86_400), batch: 1)
      func told() async throws -> [LoyaltyV1.EntitlementExpiring] {
        try await rig.service.database.events(after: 0, limit: 1_000)
          .filter { $0.event.type == "loyalty.entitlement_expiring.v1" }
          .map { try LoyaltyV1.EntitlementExpiring(decoding: $0.event.payload) }
      }
      rig.setClock("2027-01-23T23:59:59Z")
      try await notices.pass()
      #expect(try await told().isEmpty)
      rig.setClock("2027-01-24T00:00:00Z")
      for _ in 0..<2 { try await notices.pass() }
      #expect(try await told().map(\.entitlementID) == [card])
      #expect(try await told().map(\.renews) == [true])
      #expect(try await told().map(\.usesLeft) == [10])
      try await rig.freezeCard(card, days: 10)
      rig.setClock("2027-02-05T00:00:00Z")
      for _ in 0..<2 { try await notices.pass() }
      #expect(try await told().map { $0.expireTime?.date } == [instant("2027-01-31T00:00:00Z"), instant("2027-02-10T00:00:00Z")])
    }
  }

  @Test("A period keeps to the version that it was sold by, whatever was sold after it")
  func versions() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPlan { ($0.services, $0.usesPerDay) = (["gym", "pool"], 0) }
      let card = try await rig.issueCard()
      try await rig.publishPlan { ($0.services, $0.usesPerDay) = (["gym"], 1) }
      try await rig.renewCard(card)
      for _ in 0..<2 { _ = try await rig.entitlements.holdUse(rig.useRequest(card, service: "pool", commit: true)) }
      #expect(try await rig.entries(ofCard: card).prefix(2).map(\.storeID) == ["sto_1", "sto_1"])
      try await rig.expectSound()
    }
  }

  @Test("A damaged book is told by name")
  func verify() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPlan()
      let card = try await rig.issueCard()
      try await rig.holdUse(card, 2, commit: true)
      try await rig.service.database.write { transaction in
        try transaction.run(SQL("test.damage-period", "UPDATE entitlement_period SET used = 1, held = 1 WHERE number = 1"))
      }
      let found = Set(try await rig.verify().differences.map(\.check))
      #expect(
        found == ["entitlements.periods_match_statement", "entitlements.used_matches_uses", "entitlements.held_matches_holds"])
    }
  }
}
