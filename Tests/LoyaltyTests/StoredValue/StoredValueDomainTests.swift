import Foundation
import Testing

@testable import Loyalty

extension ValuePolicy {
  static func example(
    spendOrder: SpendOrder = .principalFirst, currency: String = "USD", zone: String = "UTC", namedMonths: Int = 0,
    anonymousMonths: Int = 36
  ) -> ValuePolicy {
    ValuePolicy(
      jurisdiction: "XX", version: 1, currencyCode: currency, timeZoneIdentifier: zone, spendOrder: spendOrder, maximumNamedBalance: 0,
      maximumAnonymousBalance: 0, maximumLoad: 0, maximumDailyLoad: 0, namedCardMonths: namedMonths, anonymousCardMonths: anonymousMonths,
      pinTries: 5, publishedAt: Date(timeIntervalSince1970: 0))
  }
}

@Suite struct StoredValueDomainTests {
  @Test(
    "What an amount takes of principal and bonus",
    arguments: [
      // 1,000 yuan with 100 on top, 300 spent: by each order.
      (.principalFirst, 30_000, 100_000, 10_000, 30_000, 0), (.bonusFirst, 30_000, 100_000, 10_000, 20_000, 10_000),
      (.proportional, 30_000, 100_000, 10_000, 27_273, 2_727),
      // The yen has no smaller unit, the dinar a thousand fils: integers all the same, and never a part of one.
      (.proportional, 1, 3, 1, 1, 0), (.proportional, 3, 1, 1, 0, 0), (.proportional, 2, 1, 1, 1, 1),
      (.proportional, 1_234, 9_999, 1, 1_234, 0),
      // Ties go to principal; everything is everything; nothing is nothing.
      (.proportional, 1, 5, 5, 1, 0), (.principalFirst, 8, 5, 3, 5, 3), (.bonusFirst, 8, 5, 3, 5, 3), (.proportional, 8, 5, 3, 5, 3),
      (.bonusFirst, 2, 0, 3, 0, 2), (.principalFirst, 2, 0, 3, 0, 2), (.proportional, 2, 0, 3, 0, 2), (.principalFirst, 0, 5, 3, 0, 0),
    ] as [(SpendOrder, Int64, Int64, Int64, Int64, Int64)])
  func split(order: SpendOrder, amount: Int64, principal: Int64, bonus: Int64, ofPrincipal: Int64, ofBonus: Int64) {
    let available = ValueParts(principal: principal, bonus: bonus)
    guard amount <= available.total else {
      #expect(order.split(amount, of: available) == nil)
      return
    }
    #expect(order.split(amount, of: available) == ValueParts(principal: ofPrincipal, bonus: ofBonus))
  }

  @Test("Whatever the order, the parts sum to the amount and none exceeds what there is")
  func splitsAreSound() {
    var random = SeededRandom(seed: 11)
    for _ in 0..<3_000 {
      let available = ValueParts(
        principal: Int64.random(in: 0...1_000_000, using: &random), bonus: Int64.random(in: 0...1_000, using: &random))
      let amount = Int64.random(in: 0...available.total, using: &random)
      for order in SpendOrder.allCases {
        guard let parts = order.split(amount, of: available) else {
          Issue.record("\(amount) of \(available) was refused")
          continue
        }
        #expect(parts.total == amount && parts.limited(to: available) == parts && parts.principal >= 0 && parts.bonus >= 0)
      }
    }
  }

  @Test("Returns give back principal and bonus as they were drawn, and all of them together exactly what was drawn")
  func givingBackTelescopes() {
    var random = SeededRandom(seed: 12)
    for _ in 0..<1_000 {
      let drawn = ValueParts(principal: Int64.random(in: 0...5_000, using: &random), bonus: Int64.random(in: 1...500, using: &random))
      var spent = SpentValue(drawn: drawn, givenBack: .nothing)
      while spent.givenBack.total < drawn.total {
        let amount = Int64.random(in: 1...(drawn.total - spent.givenBack.total), using: &random)
        let parts = spent.parts(ofGivingBack: amount)
        #expect(parts.total == amount && parts.principal >= 0 && parts.bonus >= 0)
        spent.givenBack += parts
      }
      #expect(spent.givenBack == drawn)
      #expect(spent.parts(ofGivingBack: 100) == .nothing)
    }
  }

  @Test(
    "A third of 100 principal and 10 bonus goes back as 30 and 3, whatever went back before",
    arguments: [(0, 0, 33, 30, 3), (30, 3, 33, 30, 3), (60, 6, 44, 40, 4), (0, 0, 1, 0, 1), (0, 0, 110, 100, 10), (0, 0, 999, 100, 10)]
      as [(Int64, Int64, Int64, Int64, Int64)])
  func givingBack(givenPrincipal: Int64, givenBonus: Int64, amount: Int64, principal: Int64, bonus: Int64) {
    let spent = SpentValue(
      drawn: ValueParts(principal: 100, bonus: 10), givenBack: ValueParts(principal: givenPrincipal, bonus: givenBonus))
    #expect(spent.parts(ofGivingBack: amount) == ValueParts(principal: principal, bonus: bonus))
  }

  @Test(
    "A card lives to the last instant of its last day, in the policy's zone; a named one in China has no last day",
    arguments: [
      ("UTC", "2028-02-29T10:00:00Z", 12, "2029-03-01T00:00:00Z"), ("UTC", "2027-08-31T10:00:00Z", 6, "2028-03-01T00:00:00Z"),
      ("Asia/Shanghai", "2026-01-31T15:59:59Z", 1, "2026-02-28T16:00:00Z"),
      // Sold in winter, gone in summer time; and the other way round.
      ("America/New_York", "2026-02-15T12:00:00Z", 2, "2026-04-16T04:00:00Z"),
      ("America/New_York", "2026-10-15T12:00:00Z", 1, "2026-11-16T05:00:00Z"),
    ])
  func cardExpiry(zone: String, sold: String, months: Int, gone: String) {
    let policy = ValuePolicy.example(zone: zone, namedMonths: 0, anonymousMonths: months)
    #expect(policy.cardExpiry(activatedAt: instant(sold), isNamed: false) == instant(gone))
    #expect(policy.cardExpiry(activatedAt: instant(sold), isNamed: true) == ProgramCalendar.never)
  }

  @Test("An end date is inclusive: a card that ends on 29 February is gone with 1 March")
  func endDates() throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "Asia/Shanghai"))
    #expect(calendar.expiry(afterDay: CivilDay(year: 2028, month: 2, day: 29)) == instant("2028-02-29T16:00:00Z"))
    #expect(calendar.expiry(afterDay: CivilDay(year: 2026, month: 12, day: 31)) == instant("2026-12-31T16:00:00Z"))
  }

  @Test("A day is the zone's, also on the day that has 23 hours")
  func days() throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "America/New_York"))
    let (first, last) = (instant("2026-03-08T05:00:00Z"), instant("2026-03-09T03:59:59Z"))
    #expect(calendar.dayNumber(of: first) == calendar.dayNumber(of: last))
    #expect(calendar.dayNumber(of: last) != calendar.dayNumber(of: last.addingTimeInterval(1)))
  }

  @Test(
    "Charge 1,000, get 100: the largest package that is covered, once",
    arguments: [(99_999, 0), (100_000, 10_000), (199_999, 10_000), (200_000, 25_000), (900_000, 25_000)] as [(Int64, Int64)])
  func packages(amount: Int64, bonus: Int64) {
    let scheme = BonusScheme(
      jurisdiction: "CN", version: 1, packages: [.init(charge: 100_000, bonus: 10_000), .init(charge: 200_000, bonus: 25_000)],
      publishedAt: Date(timeIntervalSince1970: 0))
    #expect(scheme.bonus(forCharging: amount) == bonus)
  }

  @Test(
    "A refund of a top-up takes its bonus back, and spent bonus comes off the money",
    arguments: [
      // 1,000 with 100: all of it, half of it, the other half, with the bonus spent, with more asked than is there.
      (1_000, 0, 0, 1_000, 100, 1_000, 1_000, 100), (500, 0, 0, 1_000, 100, 500, 500, 50), (500, 500, 50, 500, 50, 500, 500, 50),
      (1_000, 0, 0, 1_000, 0, 900, 1_000, 0), (1_000, 0, 0, 1_000, 30, 930, 1_000, 30), (10, 0, 0, 1_000, 0, 9, 10, 0),
    ] as [(Int64, Int64, Int64, Int64, Int64, Int64, Int64, Int64)])
  func refunds(
    amount: Int64, refundedPrincipal: Int64, refundedBonus: Int64, lotPrincipal: Int64, lotBonus: Int64, paid: Int64, principal: Int64,
    bonus: Int64
  ) throws {
    let topUp = TopUpRefund.TopUp(
      loaded: ValueParts(principal: 1_000, bonus: 100), refunded: ValueParts(principal: refundedPrincipal, bonus: refundedBonus))
    let plan = try #require(
      TopUpRefund.plan(amount, of: topUp, lot: ValueParts(principal: lotPrincipal, bonus: lotBonus)))
    #expect(plan.paidOut == paid)
    #expect(plan.taken == ValueParts(principal: principal, bonus: bonus))
    #expect(TopUpRefund.plan(1_001, of: topUp, lot: ValueParts(principal: 5_000)) == nil)
    #expect(TopUpRefund.plan(lotPrincipal + 1, of: topUp, lot: ValueParts(principal: lotPrincipal)) == nil)
  }

  @Test("Card numbers check themselves, and those of other systems are taken as they are")
  func cardNumbers() throws {
    var random = SeededRandom(seed: 3)
    for _ in 0..<200 {
      let number = CardNumber(random: (0..<CardNumber.randomBytes).map { _ in UInt8.random(in: .min ... .max, using: &random) })
      #expect(number.text.count == 19 && number.text.hasPrefix("8"))
      #expect(CardNumber(number.text) == number)
      // One digit mistyped is seen.
      var digits = Array(number.text)
      digits[9] = digits[9] == "5" ? "6" : "5"
      #expect(CardNumber(String(digits)) == nil)
    }
    for text in ["", "1234567", "12345678901234567890123456789012x", "8000 0000 0000 0000", "八八八八八八八八"] { #expect(CardNumber(text) == nil) }
    for text in ["OLD00012", "4111111111111111", "ab12CD34ef56"] { #expect(CardNumber(text)?.text == text) }
    #expect(CardPIN("1234") != nil && CardPIN("12345678") != nil)
    for text in ["", "123", "123456789", "12a4", "１２３４"] { #expect(CardPIN(text) == nil) }
  }
}
