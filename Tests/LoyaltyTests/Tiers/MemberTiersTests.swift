import Foundation
import Testing

@testable import Loyalty

/// When a tier is reached, how long it is kept and when it is lost, in New York: window by window, at each border.
@Suite struct MemberTiersTests {
  private static let yearEnd = TierDowngrade.atPeriodEnd(TierPeriodEnd(fall: .toEarned))
  private static let yearEndWithGrace = TierDowngrade.atPeriodEnd(TierPeriodEnd(fall: .toEarned, graceDays: 30))
  private static let yearEndByStep = TierDowngrade.atPeriodEnd(TierPeriodEnd(fall: .oneStep))

  @Test(
    "A rolling window: gold from the order on, and to the end of the same day a year later",
    arguments: [
      ("2025-03-10T11:59:59.999999-04:00", "base"), ("2025-03-10T12:00:00-04:00", "gold"),
      ("2026-03-10T23:59:59.999999-04:00", "gold"), ("2026-03-11T00:00:00-04:00", "base"),
    ])
  func rolling(at: String, tier: String) {
    let member = MemberTiers.example(.ladder(.rolling(months: 12)), [("2025-03-10T12:00:00-04:00", 300)])
    #expect(member.code(at: at) == tier)
  }

  @Test(
    "A rolling window over 29 February",
    arguments: [
      ("2024-02-29T12:00:00-05:00", "2025-02-28T23:59:59-05:00", "gold"),
      ("2024-02-29T12:00:00-05:00", "2025-03-01T00:00:00-05:00", "base"),
      ("2023-02-28T12:00:00-05:00", "2024-02-28T23:59:59-05:00", "gold"),
      ("2023-02-28T12:00:00-05:00", "2024-02-29T00:00:00-05:00", "base"),
    ])
  func rollingOverLeapDays(order: String, at: String, tier: String) {
    let member = MemberTiers.example(.ladder(.rolling(months: 12)), [(order, 300)], enrolled: "2020-01-01T12:00:00Z")
    #expect(member.code(at: at) == tier)
  }

  @Test(
    "A calendar year that is lost at once ends with the last instant of December in the programme's zone",
    arguments: [
      ("2025-12-31T23:59:59.999999-05:00", "gold"), ("2026-01-01T00:00:00-05:00", "base"), ("2025-06-01T00:00:00Z", "base"),
    ])
  func calendarAtOnce(at: String, tier: String) {
    let member = MemberTiers.example(.ladder(.calendar(.year)), [("2025-07-01T12:00:00Z", 300)])
    #expect(member.code(at: at) == tier)
  }

  @Test(
    "What a calendar year earned is kept to the end of the next",
    arguments: [
      ("2025-06-30T00:00:00Z", "base"), ("2025-07-01T12:00:00Z", "gold"), ("2026-12-31T23:59:59.999999-05:00", "gold"),
      ("2027-01-01T00:00:00-05:00", "silver"), ("2027-12-31T23:59:59.999999-05:00", "silver"), ("2028-01-01T00:00:00-05:00", "base"),
    ])
  func calendarKept(at: String, tier: String) {
    let orders: [(String, Int64)] = [("2025-07-01T12:00:00Z", 300), ("2026-05-01T12:00:00Z", 100)]
    #expect(MemberTiers.example(.ladder(.calendar(.year), Self.yearEnd), orders).code(at: at) == tier)
  }

  @Test(
    "The clocks change on the first day of a quarter's month and no instant is lost",
    arguments: [
      ("2026-03-31T23:59:59.999999+11:00", "gold"), ("2026-04-01T00:00:00+11:00", "gold"), ("2026-06-30T23:59:59.999999+10:30", "gold"),
      ("2026-07-01T00:00:00+10:30", "base"),
    ])
  func quarters(at: String, tier: String) {
    // Lord Howe moves its clocks by half an hour on 5 April.
    let member = MemberTiers.example(
      .ladder(.calendar(.quarter), Self.yearEnd), [("2026-03-31T23:59:00+11:00", 300)], zone: "Australia/Lord_Howe")
    #expect(member.code(at: at) == tier)
  }

  @Test(
    "In the days of grace the tier is kept, and a new one is reached at once all the same",
    arguments: [
      ("2027-01-01T00:00:00-05:00", "gold"), ("2027-01-30T23:59:59.999999-05:00", "gold"), ("2027-01-31T00:00:00-05:00", "silver"),
      ("2028-01-01T00:00:00-05:00", "silver"), ("2028-01-30T23:59:59.999999-05:00", "silver"), ("2028-01-31T00:00:00-05:00", "base"),
    ])
  func grace(at: String, tier: String) {
    let orders: [(String, Int64)] = [("2025-07-01T12:00:00Z", 300), ("2026-05-01T12:00:00Z", 100)]
    #expect(MemberTiers.example(.ladder(.calendar(.year), Self.yearEndWithGrace), orders).code(at: at) == tier)
  }

  @Test("Who spends enough in the days of grace keeps the tier by the new period")
  func requalifiedInGrace() {
    let member = MemberTiers.example(
      .ladder(.calendar(.year), Self.yearEndWithGrace), [("2025-07-01T12:00:00Z", 300), ("2027-01-20T12:00:00Z", 300)])
    for at in ["2027-01-19T12:00:00Z", "2027-01-31T12:00:00Z", "2028-12-31T12:00:00Z"] { #expect(member.code(at: at) == "gold") }
    #expect(member.code(at: "2029-02-01T12:00:00Z") == "base")
  }

  @Test(
    "By one step a period, from the diamond of 2025 that earns nothing more",
    arguments: [
      ("2025-12-31T12:00:00Z", "diamond"), ("2026-12-31T12:00:00Z", "diamond"), ("2027-01-01T12:00:00Z", "gold"),
      ("2028-01-01T12:00:00Z", "silver"), ("2029-01-01T12:00:00Z", "base"), ("2040-01-01T12:00:00Z", "base"),
    ])
  func oneStep(at: String, tier: String) {
    let member = MemberTiers.example(.ladder(.calendar(.year), Self.yearEndByStep), [("2025-07-01T12:00:00Z", 1_000)])
    #expect(member.code(at: at) == tier)
  }

  @Test("A step never leads below what was earned, nor below a tier that one cannot earn")
  func stepsOverGrantedTiers() {
    var scheme = TierScheme.ladder(.calendar(.year), Self.yearEndByStep)
    scheme.tiers.insert(
      TierScheme.Tier(code: "circle", name: "circle", criteria: TierCriteria(least: TierMeasures()), admission: .invited), at: 3)
    let member = MemberTiers.example(scheme, [("2025-07-01T12:00:00Z", 1_000), ("2027-02-01T12:00:00Z", 300)])
    #expect(member.code(at: "2027-01-15T12:00:00Z") == "gold")
    #expect(member.code(at: "2028-12-15T12:00:00Z") == "gold")
    #expect(member.code(at: "2029-01-15T12:00:00Z") == "silver")
  }

  @Test(
    "A rolling window with a review: nothing leaves it before the quarter's end",
    arguments: [
      ("2026-03-09T12:00:00Z", "gold"), ("2026-03-31T23:59:59.999999-04:00", "gold"), ("2026-04-01T00:00:00-04:00", "silver"),
      ("2026-07-01T00:00:00-04:00", "silver"), ("2026-09-30T23:59:59.999999-04:00", "silver"), ("2026-10-01T00:00:00-04:00", "base"),
    ])
  func reviews(at: String, tier: String) {
    let downgrade = TierDowngrade.atPeriodEnd(TierPeriodEnd(fall: .toEarned, review: .quarter))
    let member = MemberTiers.example(
      .ladder(.rolling(months: 12), downgrade), [("2025-02-10T12:00:00Z", 200), ("2025-07-02T12:00:00Z", 100)])
    #expect(member.code(at: at) == tier)
  }

  @Test(
    "The member's own year begins with the day of enrolment; that of 29 February with the 28th where there is none",
    arguments: [
      ("2025-02-27T23:59:59.999999-05:00", "gold"), ("2025-02-28T00:00:00-05:00", "base"), ("2028-02-28T23:59:59.999999-05:00", "base"),
      ("2028-02-29T00:00:00-05:00", "base"), ("2029-02-27T23:59:59-05:00", "gold"), ("2029-02-28T00:00:00-05:00", "base"),
    ])
  func anniversary(at: String, tier: String) {
    let member = MemberTiers.example(
      .ladder(.anniversary), [("2024-03-01T12:00:00Z", 300), ("2028-02-29T13:00:00Z", 300)], enrolled: "2024-02-29T12:00:00-05:00")
    #expect(member.code(at: at) == (at.hasPrefix("2028-02-29") ? "base" : tier))
  }

  @Test("A lifetime forgets nothing")
  func lifetime() {
    let member = MemberTiers.example(.ladder(.lifetime), [("2024-03-01T12:00:00Z", 200), ("2034-03-01T12:00:00Z", 100)])
    #expect(member.code(at: "2034-02-28T12:00:00Z") == "silver")
    #expect(member.code(at: "2064-02-28T12:00:00Z") == "gold")
    #expect(member.nextChange(after: instant("2064-02-28T12:00:00Z")) == nil)
    #expect(member.periodEnd(after: instant("2064-02-28T12:00:00Z")) == nil)
  }

  @Test("Tenure is whole days of the programme's zone, and brings the tier at midnight")
  func tenure() {
    var scheme = TierScheme.ladder(.rolling(months: 12))
    scheme.tiers[1].criteria = TierCriteria(least: TierMeasures(growthValue: 100, tenureDays: 365), combination: .any)
    let member = MemberTiers.example(scheme, enrolled: "2024-02-29T23:59:59-05:00")
    #expect(member.code(at: "2025-02-27T23:59:59.999999-05:00") == "base")
    #expect(member.code(at: "2025-02-28T00:00:00-05:00") == "silver")
    #expect(member.nextChange(after: instant("2024-06-01T12:00:00Z"))?.at == instant("2025-02-28T00:00:00-05:00"))
  }

  @Test("The higher of what is earned and what is granted counts, from the grant's first instant to its end")
  func grants() {
    let member = MemberTiers.example(
      .ladder(.rolling(months: 12)), [("2025-03-10T12:00:00Z", 100)],
      grants: [.example("gold", from: "2025-04-01T12:00:00Z", to: "2025-05-01T12:00:00Z"), .example("base", from: "2025-04-01T12:00:00Z")])
    #expect(member.code(at: "2025-04-01T11:59:59.999999Z") == "silver")
    #expect(member.code(at: "2025-04-01T12:00:00Z") == "gold")
    #expect(member.code(at: "2025-05-01T11:59:59.999999Z") == "gold")
    #expect(member.code(at: "2025-05-01T12:00:00Z") == "silver")
    let standing = member.standing(at: instant("2025-04-10T12:00:00Z"))
    #expect(standing.grant?.tierCode == "gold")
    #expect(standing.earnedPosition == 1)
    #expect(standing.next?.tier.code == "diamond")
    #expect(standing.next?.missing.growthValue == 900)
    #expect(member.nextChange(after: instant("2025-04-10T12:00:00Z")) == .init(at: instant("2025-05-01T12:00:00Z"), position: 1))
  }

  @Test("A grant that is revoked, and one of a tier that the scheme has no more, give nothing")
  func revokedGrants() {
    let revoked = MemberTiers.example(
      .ladder(.lifetime), grants: [.example("gold", from: "2025-04-01T12:00:00Z", revoked: "2025-04-02T12:00:00Z")])
    #expect(revoked.code(at: "2025-04-02T11:59:59Z") == "gold")
    #expect(revoked.code(at: "2025-04-02T12:00:00Z") == "base")
    #expect(
      MemberTiers.example(.ladder(.lifetime), grants: [.example("ruby", from: "2025-04-01T12:00:00Z")]).code(at: "2025-05-01T12:00:00Z")
        == "base")
  }

  @Test("72 to gold, before the end of the year, or before the first order leaves a rolling window")
  func progress() {
    let orders: [(String, Int64)] = [("2026-03-01T12:00:00Z", 128), ("2026-06-01T12:00:00Z", 100)]
    let now = instant("2026-11-22T12:00:00Z")
    let byYear = MemberTiers.example(.ladder(.calendar(.year), Self.yearEnd), orders).standing(at: now).next
    #expect(byYear?.tier.code == "gold")
    #expect(byYear?.missing == TierMeasures(growthValue: 72))
    #expect(byYear?.before == instant("2027-01-01T00:00:00-05:00"))
    let rolling = MemberTiers.example(.ladder(.rolling(months: 12)), orders).standing(at: now).next
    #expect(rolling?.missing == TierMeasures(growthValue: 72))
    #expect(rolling?.before == instant("2027-03-02T00:00:00-05:00"))
  }

  @Test("Since when, until when, and what the period's end will make of it")
  func sinceAndUntil() {
    let orders: [(String, Int64)] = [("2025-07-01T12:00:00Z", 300), ("2026-05-01T12:00:00Z", 100)]
    let member = MemberTiers.example(.ladder(.calendar(.year), Self.yearEndWithGrace), orders)
    let now = instant("2026-11-22T12:00:00Z")
    #expect(member.since(now) == instant("2025-07-01T12:00:00Z"))
    #expect(member.nextChange(after: now) == .init(at: instant("2027-01-31T00:00:00-05:00"), position: 1))
    #expect(member.periodEnd(after: now) == .init(at: instant("2027-01-31T00:00:00-05:00"), position: 1))
    let later = instant("2027-03-01T12:00:00Z")
    #expect(member.since(later) == instant("2027-01-31T00:00:00-05:00"))
    #expect(member.since(instant("2025-01-01T12:00:00Z")) == member.enrolledAt)
    #expect(member.since(instant("2028-06-01T12:00:00Z")) == instant("2028-01-31T00:00:00-05:00"))
  }

  @Test("Since when a rolling tier holds, and when it will fall, is the day on which an order leaves the window")
  func rollingSinceAndUntil() {
    let member = MemberTiers.example(
      .ladder(.rolling(months: 12)), [("2025-03-10T12:00:00Z", 200), ("2025-04-10T12:00:00Z", 100), ("2025-05-10T12:00:00Z", 50)])
    let now = instant("2025-06-01T12:00:00Z")
    #expect(member.since(now) == instant("2025-04-10T12:00:00Z"))
    #expect(member.nextChange(after: now) == .init(at: instant("2026-03-11T00:00:00-04:00"), position: 1))
    #expect(member.since(instant("2026-03-20T12:00:00Z")) == instant("2026-03-11T00:00:00-04:00"))
    #expect(member.since(instant("2026-04-20T12:00:00Z")) == instant("2026-04-11T00:00:00-04:00"))
  }
}
