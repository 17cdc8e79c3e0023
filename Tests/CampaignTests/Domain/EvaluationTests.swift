import Foundation
import Testing

@testable import Campaign

@Suite struct EvaluationTests {
  static let now = instant("2026-03-15T12:00:00Z")

  static func evaluate(
    _ basket: Basket, _ promotions: [Evaluation.Candidate] = [], _ coupons: [Evaluation.PresentedCoupon] = [], at instant: Date = now
  ) -> Evaluation.Outcome {
    Evaluation.outcome(of: basket, at: instant, promotions: promotions, coupons: coupons)
  }

  /// What each line gives to each discount, in order.
  static func parts(_ outcome: Evaluation.Outcome) -> [[Int64]] {
    outcome.discounts.map { $0.parts.map(\.minorUnits) }
  }

  // MARK: Amounts

  @Test func `10.00 off three lines is exactly 10.00 - shopware 19070`() {
    let outcome = Self.evaluate(basket([500, 500, 500]), [candidate(rule("prm_1", amountOff(1000)))])
    #expect(outcome.discounts.map(\.minorUnits) == [1000])
    #expect(Self.parts(outcome) == [[334, 333, 333]])
  }

  @Test(arguments: [[1], [1, 1, 1], [333, 667, 1], [999_999_999_999_999, 1, 7]] as [[Int64]])
  func `100 percent off leaves exactly 0 - odoo 237624`(amounts: [Int64]) {
    let outcome = Self.evaluate(basket(amounts), [candidate(rule("prm_1", percent(10_000)))])
    #expect(Self.parts(outcome) == [amounts])
  }

  @Test func `an amount off stops at what the matching lines amount to`() {
    let outcome = Self.evaluate(basket([300, 200]), [candidate(rule("prm_1", amountOff(1000)))])
    #expect(Self.parts(outcome) == [[300, 200]])
  }

  @Test func `lines of 0 or less and adjustments are left alone`() {
    let basket = Basket(
      storeID: "sto_1", memberID: nil, currencyCode: "USD",
      lines: [line(1, 1000), line(2, 0), line(3, -50), line(4, 700, isAdjustment: true), line(5, 1000)])
    let outcome = Self.evaluate(basket, [candidate(rule("prm_1", percent(5_000)))])
    #expect(outcome.discounts.map(\.minorUnits) == [1000])
    #expect(outcome.discounts.first?.parts.map(\.lineNumber) == [1, 5])
  }

  @Test func `each discount works on what the ones before it have left`() {
    let outcome = Self.evaluate(
      basket([1000]), [candidate(rule("prm_1", percent(5_000), priority: 1)), candidate(rule("prm_2", percent(5_000), priority: 2))])
    #expect(outcome.discounts.map(\.minorUnits) == [500, 250])
  }

  @Test func `shares follow what is left of each line, not what it began with`() {
    let first = ProductSet(productIDs: ["prd_a"])
    let basket = Basket(
      storeID: "sto_1", memberID: nil, currencyCode: "USD", lines: [line(1, 1000, product: "prd_a"), line(2, 1000, product: "prd_b")])
    let outcome = Self.evaluate(
      basket, [candidate(rule("prm_1", amountOff(900), products: first)), candidate(rule("prm_2", amountOff(110)))])
    #expect(Self.parts(outcome) == [[900], [10, 100]])
  }

  // MARK: Order

  @Test func `promotions go by priority, then id, whatever order they come in`() {
    let rules = [
      candidate(rule("prm_c", amountOff(1), priority: 1)), candidate(rule("prm_b", amountOff(1), priority: 2)),
      candidate(rule("prm_a", amountOff(1), priority: 2)), candidate(rule("prm_d", amountOff(1), priority: -1)),
    ]
    let expected = ["prm_d", "prm_c", "prm_a", "prm_b"]
    for rotation in 0..<rules.count {
      let rotated = Array(rules[rotation...] + rules[..<rotation])
      #expect(Self.evaluate(basket([1000]), rotated).discounts.map(\.source.ruleID) == expected)
    }
  }

  @Test func `coupons come after promotions, in the order presented`() {
    let template = candidate(rule("cpt_1", percent(5_000), priority: -100))
    let outcome = Self.evaluate(
      basket([1000]), [candidate(rule("prm_1", percent(1_000), priority: 100))],
      [presented(coupon("cpn_2"), template, as: "second"), presented(coupon("cpn_1"), template, as: "first")])
    #expect(
      outcome.discounts.map(\.source) == [
        .promotion(id: "prm_1"), .coupon(id: "cpn_2", templateID: "cpt_1"), .coupon(id: "cpn_1", templateID: "cpt_1"),
      ])
    #expect(outcome.discounts.map(\.minorUnits) == [100, 450, 225])
  }

  @Test func `a discount carries the version and the name that gave it`() {
    let outcome = Self.evaluate(basket([1000]), [candidate(rule("prm_1", version: 7, percent(1_000)))])
    #expect(outcome.discounts.first?.version == 7)
    #expect(outcome.discounts.first?.name == "name of prm_1")
  }

  // MARK: Which lines

  struct Match: Sendable {
    let products: ProductSet
    let lines: [Int32]
  }

  @Test(arguments: [
    Match(products: .wholeBasket, lines: [1, 2, 3]),
    Match(products: ProductSet(productIDs: ["prd_a"]), lines: [1]),
    Match(products: ProductSet(departments: ["GROCERY"]), lines: [1, 2]),
    Match(products: ProductSet(departments: ["GROCERY", "DRUG GM"]), lines: [1, 2, 3]),
    Match(products: ProductSet(departments: ["GROCERY"], brands: ["Private"]), lines: [2]),
    Match(products: ProductSet(categories: ["MILK"], brands: ["National"]), lines: []),
  ])
  func `a list that is not empty must contain the line's value`(_ match: Match) {
    let basket = Basket(
      storeID: "sto_1", memberID: nil, currencyCode: "USD",
      lines: [
        line(1, 100, product: "prd_a", department: "GROCERY", category: "BREAD", brand: "National"),
        line(2, 100, product: "prd_b", department: "GROCERY", category: "MILK", brand: "Private"),
        line(3, 100, product: "prd_c", department: "DRUG GM", category: "SOAP", brand: "National"),
      ])
    let outcome = Self.evaluate(basket, [candidate(rule("prm_1", percent(10_000), products: match.products))])
    #expect(outcome.discounts.first?.parts.map(\.lineNumber) ?? [] == match.lines)
  }

  // MARK: Conditions

  struct Condition: Sendable {
    let conditions: Conditions
    var uses = UseCount.none
    var memberUses = UseCount.none
    let reason: String?
  }

  /// The basket is 5.00 USD in sto_1 for mem_1, at noon UTC of 15 March 2026.
  @Test(arguments: [
    Condition(conditions: Conditions(), reason: nil),
    Condition(conditions: Conditions(storeIDs: ["sto_1", "sto_2"]), reason: nil),
    Condition(conditions: Conditions(storeIDs: ["sto_2"]), reason: "COUPON_OTHER_STORE"),
    Condition(conditions: Conditions(membersOnly: true), reason: nil),
    Condition(
      conditions: Conditions(period: ValidityPeriod(startDate: date("2026-03-16"), endDate: nil, zone: zone("UTC"))),
      reason: "COUPON_NOT_YET_VALID"),
    Condition(
      conditions: Conditions(period: ValidityPeriod(startDate: nil, endDate: date("2026-03-14"), zone: zone("UTC"))),
      reason: "COUPON_EXPIRED"),
    Condition(
      conditions: Conditions(period: ValidityPeriod(startDate: date("2026-03-15"), endDate: date("2026-03-15"), zone: zone("UTC"))),
      reason: nil),
    Condition(conditions: Conditions(minimumAmount: Amount(currencyCode: "USD", minorUnits: 500)), reason: nil),
    Condition(conditions: Conditions(minimumAmount: Amount(currencyCode: "USD", minorUnits: 501)), reason: "COUPON_BELOW_MINIMUM"),
    Condition(conditions: Conditions(minimumAmount: Amount(currencyCode: "EUR", minorUnits: 1)), reason: "CURRENCY_MISMATCH"),
    Condition(conditions: Conditions(totalLimit: 3), uses: UseCount(held: 1, used: 1), reason: nil),
    Condition(conditions: Conditions(totalLimit: 3), uses: UseCount(held: 1, used: 2), reason: "COUPON_LIMIT_REACHED"),
    Condition(conditions: Conditions(totalLimit: 3), uses: UseCount(held: 3, used: 0), reason: "COUPON_LIMIT_REACHED"),
    Condition(conditions: Conditions(memberLimit: 1), memberUses: UseCount(held: 0, used: 1), reason: "COUPON_LIMIT_REACHED"),
    // medusa#15960: what everybody used is not what the member used.
    Condition(conditions: Conditions(memberLimit: 1), uses: UseCount(held: 0, used: 50), reason: nil),
  ])
  func `conditions hold for promotions and coupons alike`(_ row: Condition) {
    let bought = basket([500], member: "mem_1")
    let promotion = candidate(rule("prm_1", percent(1_000), conditions: row.conditions), uses: row.uses, memberUses: row.memberUses)
    #expect(Self.evaluate(bought, [promotion]).discounts.isEmpty == (row.reason != nil))

    let template = candidate(rule("cpt_1", percent(1_000), conditions: row.conditions), uses: row.uses, memberUses: row.memberUses)
    let outcome = Self.evaluate(bought, [], [presented(coupon(), template)])
    #expect(outcome.rejectedCoupons.first?.cause.reason == row.reason)
    #expect(outcome.discounts.isEmpty == (row.reason != nil))
  }

  @Test(arguments: [Conditions(membersOnly: true), Conditions(memberLimit: 5)])
  func `what is for members needs one`(conditions: Conditions) {
    let outcome = Self.evaluate(
      basket([500]), [candidate(rule("prm_1", percent(1_000), conditions: conditions))],
      [presented(coupon(), candidate(rule("cpt_1", percent(1_000), conditions: conditions)))])
    #expect(outcome.discounts.isEmpty)
    #expect(outcome.rejectedCoupons.map(\.cause.reason) == ["COUPON_MEMBER_REQUIRED"])
  }

  @Test func `the minimum counts what earlier discounts have left`() {
    let conditions = Conditions(minimumAmount: Amount(currencyCode: "USD", minorUnits: 1000))
    let outcome = Self.evaluate(
      basket([1000]),
      [candidate(rule("prm_1", amountOff(1), priority: 1)), candidate(rule("prm_2", percent(1_000), conditions: conditions, priority: 2))])
    #expect(outcome.discounts.map(\.source.ruleID) == ["prm_1"])
  }

  @Test func `an amount off in another currency does not apply`() {
    let outcome = Self.evaluate(
      basket([500], currency: "JPY"), [candidate(rule("prm_1", amountOff(100)))],
      [presented(coupon(), candidate(rule("cpt_1", amountOff(100))))])
    #expect(outcome.discounts.isEmpty)
    #expect(outcome.rejectedCoupons.map(\.cause.reason) == ["CURRENCY_MISMATCH"])
  }

  @Test func `usage limits hold for promotions that apply by themselves - vendure 4353`() {
    let exhausted = candidate(rule("prm_1", percent(1_000), conditions: Conditions(totalLimit: 10)), uses: UseCount(held: 4, used: 6))
    #expect(Self.evaluate(basket([500]), [exhausted]).discounts.isEmpty)
  }

  // MARK: Coupons

  struct Presentation: Sendable {
    let coupon: Coupon?
    var member: String?
    let reason: String?
  }

  @Test(arguments: [
    Presentation(coupon: coupon(), reason: nil),
    Presentation(coupon: nil, reason: "COUPON_UNKNOWN"),
    Presentation(coupon: coupon(isVoid: true), reason: "COUPON_VOID"),
    Presentation(coupon: coupon(uses: UseCount(held: 0, used: 1)), reason: "COUPON_USED"),
    Presentation(coupon: coupon(uses: UseCount(held: 1, used: 0)), reason: "COUPON_USED"),
    Presentation(coupon: coupon(useLimit: 2, uses: UseCount(held: 0, used: 1)), reason: nil),
    Presentation(coupon: coupon(member: "mem_1"), member: "mem_1", reason: nil),
    Presentation(coupon: coupon(member: "mem_1"), member: "mem_2", reason: "COUPON_OTHER_MEMBER"),
    Presentation(coupon: coupon(member: "mem_1"), reason: "COUPON_MEMBER_REQUIRED"),
  ])
  func `a coupon that cannot be used says why`(_ row: Presentation) {
    let outcome = Self.evaluate(
      basket([500], member: row.member), [], [presented(row.coupon, candidate(rule("cpt_1", percent(1_000))))])
    #expect(outcome.rejectedCoupons.map(\.cause.reason) == [row.reason].compactMap { $0 })
    #expect(outcome.discounts.count == (row.reason == nil ? 1 : 0))
    for rejected in outcome.rejectedCoupons { #expect(!rejected.cause.message.isEmpty) }
  }

  @Test func `the same coupon twice in one basket counts once`() {
    let template = candidate(rule("cpt_1", percent(1_000)))
    let outcome = Self.evaluate(
      basket([500]), [], [presented(coupon(useLimit: 5), template, as: "ABCD"), presented(coupon(useLimit: 5), template, as: "abcd")])
    #expect(outcome.discounts.count == 1)
    #expect(outcome.rejectedCoupons == [RejectedCoupon(code: "abcd", cause: .repeated)])
  }

  @Test(arguments: [Conditions(totalLimit: 1), Conditions(memberLimit: 1)])
  func `two coupons of one template share its limits within a basket`(conditions: Conditions) {
    let template = candidate(rule("cpt_1", percent(1_000), conditions: conditions))
    let outcome = Self.evaluate(
      basket([500], member: "mem_1"), [], [presented(coupon("cpn_1"), template, as: "a"), presented(coupon("cpn_2"), template, as: "b")])
    #expect(outcome.discounts.map(\.source.couponID) == ["cpn_1"])
    #expect(outcome.rejectedCoupons.map(\.cause.reason) == ["COUPON_LIMIT_REACHED"])
  }

  @Test func `a coupon for lines that are used up has no matching line, and one worth nothing has no effect`() {
    let free = candidate(rule("prm_1", percent(10_000), products: ProductSet(productIDs: ["prd_a"])))
    let bought = Basket(
      storeID: "sto_1", memberID: nil, currencyCode: "USD", lines: [line(1, 100, product: "prd_a"), line(2, 9, product: "prd_b")])
    let outcome = Self.evaluate(
      bought, [free],
      [
        presented(coupon("cpn_1"), candidate(rule("cpt_1", percent(5_000), products: ProductSet(productIDs: ["prd_a"]))), as: "a"),
        presented(coupon("cpn_2"), candidate(rule("cpt_2", percent(1_000), products: ProductSet(productIDs: ["prd_b"]))), as: "b"),
      ])
    #expect(outcome.rejectedCoupons.map(\.cause.reason) == ["COUPON_NO_MATCHING_LINE", "COUPON_NO_EFFECT"])
  }

  // MARK: The calendar

  @Test func `the last day counts to its last instant in its zone - s2member 612, mitxpro 991`() {
    let period = ValidityPeriod(startDate: date("2026-03-01"), endDate: date("2026-03-31"), zone: zone("America/New_York"))
    let promotion = candidate(rule("prm_1", percent(1_000), conditions: Conditions(period: period)))
    let lastInstant = instant("2026-04-01T03:59:59.999Z")
    let tooLate = instant("2026-04-01T04:00:00Z")
    #expect(Self.evaluate(basket([500]), [promotion], at: lastInstant).discounts.count == 1)
    #expect(Self.evaluate(basket([500]), [promotion], at: tooLate).discounts.isEmpty)
  }
}
