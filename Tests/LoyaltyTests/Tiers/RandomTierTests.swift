import Foundation
import PatronAPI
import Testing

@testable import Loyalty

/// Random members under random schemes against `TierOracle`. A failure names its seed, which belongs into `seeds`.
@Suite struct RandomTierTests {
  private static let seeds: [UInt64] = [1, 2, 3, 20_261_122, 0xDEAD_BEEF]
  private static let membersOfASeed = 60
  private static let looksAtAMember = 25
  private static let zones = ["America/New_York", "Asia/Shanghai", "Australia/Lord_Howe", "America/Santiago"]

  @Test("The tier at any instant is what a person works out period by period", arguments: seeds)
  func domain(seed: UInt64) {
    var random = SeededRandom(seed: seed)
    for number in 0..<Self.membersOfASeed {
      let (scheme, zone) = (Self.scheme(&random), Self.zones.randomElement(using: &random)!)
      let enrolledAt = instant("2023-01-01T00:00:00Z").addingTimeInterval(.random(in: 0...(3 * 366 * 86_400), using: &random).rounded())
      var oracle = TierOracle(scheme: scheme, zone: zone, enrolledAt: enrolledAt)
      var at = enrolledAt
      for _ in 0..<Int.random(in: 0...30, using: &random) {
        at.addTimeInterval(.random(in: 0...(80 * 86_400), using: &random).rounded())
        let (growth, points) = (Int64.random(in: 0...250, using: &random), Int64.random(in: 0...60, using: &random))
        let isReturned = Int.random(in: 0..<6, using: &random) == 0
        oracle.orders.append(.init(at: at, growthValue: isReturned ? 0 : growth, points: isReturned ? 0 : points, isReturned: isReturned))
      }
      let start = enrolledAt.addingTimeInterval(.random(in: 0...(900 * 86_400), using: &random).rounded())
      oracle.grants = [("gold", start, start.addingTimeInterval(.random(in: 1...(300 * 86_400), using: &random).rounded()))]
      let member = Self.member(oracle, zone)
      for _ in 0..<Self.looksAtAMember {
        let look = enrolledAt.addingTimeInterval(.random(in: 0...(8 * 366 * 86_400), using: &random).rounded())
        #expect(member.standing(at: look).tier.code == oracle.code(at: look), "seed \(seed), member \(number), \(look), \(scheme), \(zone)")
      }
      Self.checkChanges(of: member, oracle, at: at, "seed \(seed), member \(number), \(scheme), \(zone)")
    }
  }

  /// Since when and until when, by the oracle: another tier just before and from then on, and the same one in between.
  private static func checkChanges(of member: MemberTiers, _ oracle: TierOracle, at now: Date, _ comment: Comment) {
    let code = oracle.code(at: now)
    let since = member.since(now)
    if let since {
      #expect(since == oracle.enrolledAt || oracle.code(at: since.addingTimeInterval(-microsecond)) != code, comment)
      for part in 0...10 {
        #expect(oracle.code(at: since.addingTimeInterval(now.timeIntervalSince(since) * Double(part) / 10)) == code, comment)
      }
    }
    #expect(since != nil, comment)
    guard let change = member.nextChange(after: now) else { return }
    #expect(oracle.code(at: change.at) == member.scheme.tiers[change.position].code, comment)
    #expect(oracle.code(at: change.at.addingTimeInterval(-microsecond)) == code, comment)
    for part in 0..<10 {
      #expect(oracle.code(at: now.addingTimeInterval(change.at.timeIntervalSince(now) * Double(part) / 10)) == code, comment)
    }
  }

  private static func member(_ oracle: TierOracle, _ zone: String) -> MemberTiers {
    MemberTiers(
      scheme: oracle.scheme, calendar: ProgramCalendar(timeZoneIdentifier: zone)!,
      facts: OrderFacts(
        oracle.orders.map { OrderFact(at: $0.at, growthValue: $0.growthValue, points: $0.points, isVisit: !$0.isReturned) }),
      grants: oracle.grants.map { grant in
        TierGrant(
          grantID: "tgr_1", memberID: "mem_a", tierCode: grant.code, reason: "goodwill", origin: LedgerOrigin(), grantedAt: grant.from,
          endsAt: grant.to, revocation: nil)
      }, enrolledAt: oracle.enrolledAt)
  }

  private static func scheme(_ random: inout SeededRandom) -> TierScheme {
    let windows: [TierWindow] = [.rolling(months: 3), .rolling(months: 12), .calendar(.quarter), .calendar(.year), .anniversary, .lifetime]
    let window = windows.randomElement(using: &random)!
    var downgrade = TierDowngrade.atOnce
    if window != .lifetime, Bool.random(using: &random) {
      var (review, length) = (ExpiryRule.Period?.none, ExpiryRule.Period.year)
      if case .rolling = window {
        review = [.month, .quarter, .year].randomElement(using: &random)!
        length = review!
      } else if window == .calendar(.quarter) {
        length = .quarter
      }
      let most = TierLimits.maximumGraceDays[length]!
      downgrade = .atPeriodEnd(
        TierPeriodEnd(
          fall: Bool.random(using: &random) ? .toEarned : .oneStep,
          graceDays: Bool.random(using: &random) ? 0 : Int.random(in: 1...most, using: &random), review: review))
    }
    var scheme = TierScheme.ladder(window, downgrade)
    if Bool.random(using: &random) {
      scheme.tiers[2].criteria = TierCriteria(
        least: TierMeasures(
          growthValue: 300, visits: .random(in: 0...6, using: &random), points: .random(in: 0...80, using: &random),
          tenureDays: .random(in: 0...500, using: &random)), combination: Bool.random(using: &random) ? .all : .any)
    }
    if Bool.random(using: &random) {
      scheme.tiers.insert(
        TierScheme.Tier(code: "circle", name: "circle", criteria: TierCriteria(least: TierMeasures()), admission: .invited), at: 2)
    }
    return scheme
  }

  // MARK: The service

  @Test("The service's tier is the oracle's after every sale, return, grant and passing day", arguments: [7, 8, 9] as [UInt64])
  func service(seed: UInt64) async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-10T12:00:00Z")
      var random = SeededRandom(seed: seed)
      let schemes: [LoyaltyV1.TierScheme] = [
        .ladder(.rolling, months: 3, LoyaltyV1.TierDowngrade(fall: .oneStep, graceDays: 5, review: .month)),
        .ladder(.calendarQuarter, LoyaltyV1.TierDowngrade(fall: .oneStep, graceDays: 20)), .ladder(.rolling, months: 2),
      ]
      let scheme = schemes[Int(seed) % schemes.count]
      try await rig.publish(scheme)
      let ladder = try TierScheme(publishing: scheme, at: rig.now)
      var oracle = TierOracle(scheme: ladder, zone: "America/New_York", enrolledAt: rig.now)
      var refunded: [Int64] = []
      for step in 1...80 {
        switch Int.random(in: 0..<10, using: &random) {
        case 0..<3:
          let spend = Int64.random(in: 0...150, using: &random) * 100
          let reply = try await rig.sell("ord_\(oracle.orders.count)", netSpend: spend)
          oracle.orders.append(.init(at: rig.now, growthValue: spend, points: reply.pointsEarned))
          refunded.append(0)
        case 3..<5:
          guard let order = oracle.orders.indices.randomElement(using: &random), refunded[order] < 100 else { break }
          let after = Bool.random(using: &random) ? 100 : Int64.random(in: refunded[order]...100, using: &random)
          let (recorded, before) = (try await rig.entry(ofOrder: order), refunded[order])
          try await rig.reverse("ret_\(step)", of: "ord_\(order)", from: before, to: after)
          oracle.orders[order].growthValue -= recorded.growthValue * after / 100 - recorded.growthValue * before / 100
          oracle.orders[order].points -= recorded.points * after / 100 - recorded.points * before / 100
          oracle.orders[order].isReturned = after == 100
          refunded[order] = after
        case 5:
          let end = rig.now.addingTimeInterval(86_400 * .random(in: 1...40, using: &random))
          try await rig.grant("silver", until: end.ISO8601Format())
          oracle.grants.append(("silver", rig.now, instant(end.ISO8601Format())))
        default: rig.service.clock.advance(by: .seconds(Int.random(in: 1...30 * 86_400, using: &random)))
        }
        let (tier, balance, expected) = (try await rig.tier(), try await rig.balance(), oracle.code(at: rig.now))
        #expect((tier.tierCode, balance.tierCode) == (expected, expected), "seed \(seed), step \(step)")
      }
      try await rig.expectSound("seed \(seed)")
    }
  }
}

extension LoyaltyRig {
  /// What the order's line says that it earned; nothing where there is none.
  fileprivate func entry(ofOrder number: Int) async throws -> LoyaltyV1.Entry {
    try await entries().first { $0.orderID == "ord_\(number)" && $0.kind == .earn } ?? LoyaltyV1.Entry()
  }
}
