import Foundation
import Testing

@testable import Loyalty

/// When periods begin and end, what freezes move, and what is paid back.
@Suite struct EntitlementDomainTests {
  private static func plan(
    _ validity: String, uses: Int64 = 0, price: Int64 = 3_000, zone: String = "UTC", freezeDays: Int = 30, graceDays: Int = 5,
    version: Int64 = 1
  ) -> EntitlementPlan {
    EntitlementPlan(
      code: "plan", version: version, name: "Plan", uses: uses, usesPerDay: 0, validity: ExpiryRule(validity) ?? ExpiryRule(.never),
      timeZoneIdentifier: zone, price: price, currencyCode: "EUR", services: [], freezeDays: freezeDays, graceDays: graceDays,
      publishedAt: instant("2020-01-01T00:00:00Z"))
  }

  private static func period(_ number: Int64, _ span: Entitlement.Span, of plan: EntitlementPlan) -> EntitlementPeriod {
    EntitlementPeriod(
      number: number, planVersion: plan.version, storeID: "sto_1", soldStart: span.start, soldEnd: span.end, anchor: span.anchor,
      uses: plan.uses, price: plan.price, currencyCode: plan.currencyCode, payment: TopUpStore.Payment(kind: 1, reference: ""))
  }

  /// A card that was bought at `start`.
  private static func card(_ start: String, of plan: EntitlementPlan) -> Entitlement {
    let start = instant(start)
    return Entitlement(
      entitlementID: "etl_1", memberID: "mem_a", planCode: plan.code, renews: false, frozen: start..<start, lastNumber: 0,
      createdAt: start, periods: [period(1, Entitlement.firstSpan(from: start, of: plan), of: plan)])
  }

  private static func renew(_ card: inout Entitlement, at instant: Date, by plan: EntitlementPlan) {
    card.periods.append(period(Int64(card.periods.count + 1), card.nextSpan(at: instant, of: plan, bought: plan), of: plan))
  }

  @Test(
    "The first day counts, and the last one to its last instant",
    arguments: [
      ("2027-01-15T10:00:00Z", "1M", "2027-02-15T00:00:00Z"), ("2027-01-15T10:00:00Z", "30D", "2027-02-14T00:00:00Z"),
      ("2027-01-31T10:00:00Z", "1M", "2027-03-01T00:00:00Z"), ("2028-01-31T10:00:00Z", "1M", "2028-03-01T00:00:00Z"),
      ("2028-02-29T00:00:00Z", "1Y", "2029-03-01T00:00:00Z"), ("2027-03-01T00:00:00Z", "1Y", "2028-03-01T00:00:00Z"),
      ("2027-03-01T00:00:00Z", "12M", "2028-03-01T00:00:00Z"),
      ("2027-11-20T12:00:00Z", "end_of_quarter", "2028-01-01T00:00:00Z"),
      ("2027-11-20T12:00:00Z", "1M end_of_month", "2028-01-01T00:00:00Z"), ("2027-11-20T12:00:00Z", "1D", "2027-11-21T00:00:00Z"),
      ("2027-11-20T12:00:00Z", "never", "9999-12-31T00:00:00Z"),
    ])
  func ends(start: String, validity: String, end: String) {
    let card = Self.card(start, of: Self.plan(validity))
    #expect(card.end == instant(end), "\(validity) from \(start)")
    #expect(card.periods[0].runs(at: instant(start)))
    #expect(card.periods[0].runs(at: instant(end) - 1) && !card.periods[0].runs(at: instant(end)))
  }

  @Test("Days are those of the plan's zone, also where the clock changes")
  func zones() {
    let card = Self.card("2027-03-27T23:30:00Z", of: Self.plan("1D", zone: "Europe/Berlin"))
    // 28 March there, 23 hours long.
    #expect(card.end == instant("2027-03-28T22:00:00Z"))
  }

  @Test("Months that are renewed without a gap keep the day of the first, through short Februaries")
  func anchors() {
    let plan = Self.plan("1M")
    var card = Self.card("2027-01-31T09:00:00Z", of: plan)
    for _ in 0..<12 { Self.renew(&card, at: instant("2027-01-31T10:00:00Z"), by: plan) }
    let days = card.periods.map { $0.end.formatted(.iso8601.month().day()) }
    #expect(days == ["03-01", "03-31", "05-01", "05-31", "07-01", "07-31", "08-31", "10-01", "10-31", "12-01", "12-31", "01-31", "03-01"])
    for (one, next) in zip(card.periods, card.periods.dropFirst()) { #expect(next.start == one.end) }
  }

  @Test("A renewal within the grace goes on from the end, one after it begins now")
  func grace() {
    let plan = Self.plan("30D", graceDays: 5)
    let card = Self.card("2027-01-01T10:00:00Z", of: plan)
    let end = instant("2027-01-31T00:00:00Z")
    #expect(card.state(at: end - microsecond, plan: plan) == .active)
    #expect(card.state(at: end, plan: plan) == .grace)
    #expect(card.nextSpan(at: instant("2027-02-04T23:59:59.999999Z"), of: plan, bought: plan).start == end)
    #expect(card.state(at: instant("2027-02-05T00:00:00Z"), plan: plan) == .ended)
    #expect(card.nextSpan(at: instant("2027-02-05T00:00:00Z"), of: plan, bought: plan).start == instant("2027-02-05T00:00:00Z"))
    // Another version may have another span: it is counted from the end.
    let yearly = Self.plan("1Y", version: 2)
    #expect(card.nextSpan(at: end - 1, of: yearly, bought: plan).end == instant("2028-01-31T00:00:00Z"))
  }

  @Test(
    "A period is never over when it is sold, and one to the end of a quarter goes on with the next",
    arguments: [
      ("1M end_of_quarter", "2027-01-15T10:00:00Z", ["2027-04-01", "2027-07-01", "2027-10-01"]),
      ("30D end_of_month", "2027-01-01T10:00:00Z", ["2027-02-01", "2027-04-01", "2027-05-01"]),
      ("7D end_of_month", "2027-01-10T10:00:00Z", ["2027-02-01", "2027-03-01", "2027-04-01"]),
    ])
  func roundedPeriods(validity: String, start: String, ends: [String]) {
    let plan = Self.plan(validity)
    var card = Self.card(start, of: plan)
    for _ in 0..<2 { Self.renew(&card, at: instant(start), by: plan) }
    #expect(card.periods.map { $0.end.formatted(.iso8601.year().month().day()) } == ends)
    // Ten days into a grace of thirty, a week from the end is over.
    let week = Self.plan("7D", graceDays: 30)
    let late = instant("2027-01-18T10:00:00Z")
    #expect(Self.card("2027-01-01T10:00:00Z", of: week).nextSpan(at: late, of: week, bought: week).start == late)
    // The grace is what was bought.
    let lapsed = Self.card("2027-01-01T10:00:00Z", of: Self.plan("7D", graceDays: 0))
    #expect(lapsed.nextSpan(at: late, of: Self.plan("1Y", version: 2), bought: Self.plan("7D", graceDays: 0)).start == late)
  }

  @Test("A freeze moves what runs and what comes after, and gives back the days that had not begun when it is ended early")
  func freezes() {
    let plan = Self.plan("30D")
    var card = Self.card("2027-01-01T10:00:00Z", of: plan)
    Self.renew(&card, at: instant("2027-01-01T10:00:00Z"), by: plan)
    let (calendar, frozenAt) = (plan.calendar, instant("2027-01-10T12:00:00Z"))
    #expect(card.freezeDaysLeft(at: frozenAt, of: plan) == 30)
    card.freeze(days: 10, at: frozenAt, calendar)
    #expect(card.state(at: frozenAt, plan: plan) == .frozen)
    #expect(card.state(at: instant("2027-01-20T11:59:59Z"), plan: plan) == .frozen)
    #expect(card.state(at: instant("2027-01-20T12:00:00Z"), plan: plan) == .active)
    #expect(card.periods.map(\.end) == [instant("2027-02-10T00:00:00Z"), instant("2027-03-12T00:00:00Z")])
    #expect(card.periods[1].start == card.periods[0].end)
    #expect(card.periods.map(\.frozenDays) == [10, 0])
    // Two days and a bit have passed: three are used.
    var thawed = card
    #expect(thawed.unfreeze(at: instant("2027-01-12T13:00:00Z"), calendar) == 7)
    #expect(thawed.periods.map(\.end) == [instant("2027-02-03T00:00:00Z"), instant("2027-03-05T00:00:00Z")])
    #expect(thawed.freezeDaysLeft(at: instant("2027-01-13T00:00:00Z"), of: plan) == 27)
    // At once: nothing is used.
    #expect(card.unfreeze(at: frozenAt, calendar) == 10)
    #expect(card.periods.map(\.endDelayDays) == [0, 0])
  }

  @Test(
    "What is paid back is the smaller share of uses and days, rounded down",
    arguments: [
      // Before it begins, on the first day, in the middle, on the last day, after it.
      ("2026-12-31T00:00:00Z", 0, 1_000), ("2027-01-01T00:00:00Z", 0, 966), ("2027-01-15T23:59:59Z", 0, 500),
      ("2027-01-15T23:59:59Z", 8, 200), ("2027-01-15T23:59:59Z", 4, 500), ("2027-01-30T12:00:00Z", 0, 0),
      ("2027-01-31T00:00:00Z", 0, 0),
    ])
  func refunds(at: String, used: Int64, amount: Int64) {
    let plan = Self.plan("30D", uses: 10, price: 1_000)
    var period = Self.card("2027-01-01T00:00:00Z", of: plan).periods[0]
    period.used = used
    #expect(period.refund(at: instant(at), plan.calendar) == amount)
  }

  @Test("Uses without an end are paid back by their count alone, frozen days are none that were sold")
  func refundsOfOthers() {
    let endless = Self.plan("never", uses: 3, price: 1_000)
    var period = Self.card("2027-01-01T00:00:00Z", of: endless).periods[0]
    period.used = 1
    #expect(period.refund(at: instant("2040-01-01T00:00:00Z"), endless.calendar) == 666)
    let plan = Self.plan("30D", price: 3_000)
    var card = Self.card("2027-01-01T00:00:00Z", of: plan)
    card.freeze(days: 20, at: instant("2027-01-02T00:00:00Z"), plan.calendar)
    // The day of the freeze has begun after it again.
    #expect(card.periods[0].refund(at: instant("2027-01-22T00:00:00Z"), plan.calendar) == 2_800)
  }

  @Test("Uses come from the earliest end first, and from several periods where one has too few")
  func draws() {
    let endless = Self.plan("never", uses: 5)
    var card = Self.card("2027-01-01T00:00:00Z", of: endless)
    let now = instant("2027-01-02T00:00:00Z")
    Self.renew(&card, at: now, by: Self.plan("30D", uses: 2))
    #expect(card.draw(4, at: now) == [Entitlement.Draw(period: 2, uses: 2), Entitlement.Draw(period: 1, uses: 2)])
    #expect(card.draw(8, at: now) == nil)
    #expect(card.usesLeft(at: now) == 7)
    Self.renew(&card, at: now, by: Self.plan("never"))
    #expect(card.usesLeft(at: now) == nil)
    #expect(card.draw(100, at: now)?.reduce(0) { $0 + $1.uses } == 100)
  }
}
