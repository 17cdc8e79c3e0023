import Foundation

@testable import Campaign

// Short forms for what the tables of the domain tests are made of.

func rule(
  _ id: String, version: Int64 = 1, _ benefit: Benefit, products: ProductSet = .wholeBasket, conditions: Conditions = Conditions(),
  priority: Int32 = 0
) -> Rule {
  Rule(
    id: id, kind: id.hasPrefix("cpt_") ? .couponTemplate : .promotion, version: version,
    terms: RuleTerms(
      name: "name of \(id)", products: products, benefit: benefit, conditions: conditions, priority: priority, usesPerCode: 1))
}

func candidate(_ rule: Rule, uses: UseCount = .none, memberUses: UseCount = .none) -> Evaluation.Candidate {
  Evaluation.Candidate(rule: rule, uses: uses, memberUses: memberUses)
}

func percent(_ basisPoints: Int64) -> Benefit { .percent(basisPoints: basisPoints) }
func amountOff(_ minorUnits: Int64, _ currencyCode: String = "USD") -> Benefit {
  .amountOff(Amount(currencyCode: currencyCode, minorUnits: minorUnits))
}

func basket(
  _ amounts: [Int64], member: String? = nil, store: String = "sto_1", currency: String = "USD"
) -> Basket {
  Basket(
    storeID: store, memberID: member, currencyCode: currency,
    lines: amounts.enumerated().map { line(Int32($0.offset + 1), $0.element) })
}

func line(
  _ number: Int32, _ minorUnits: Int64, product: String = "prd_1", department: String = "GROCERY", category: String = "BREAD",
  brand: String = "National", isAdjustment: Bool = false
) -> BasketLine {
  BasketLine(
    number: number, productID: product, department: department, category: category, brand: brand, isAdjustment: isAdjustment,
    minorUnits: minorUnits)
}

func coupon(
  _ id: String = "cpn_1", template: String = "cpt_1", member: String? = nil, useLimit: Int64 = 1, uses: UseCount = .none,
  isVoid: Bool = false
) -> Coupon {
  Coupon(
    id: id, code: CouponCode(randomBytes: Array(repeating: 7, count: CouponCode.randomCharacters)), templateID: template,
    memberID: member, useLimit: useLimit, uses: uses, isVoid: isVoid, createInstant: instant("2026-01-01T00:00:00Z"))
}

func presented(_ coupon: Coupon?, _ template: Evaluation.Candidate, as typedCode: String = "code") -> Evaluation.PresentedCoupon {
  Evaluation.PresentedCoupon(
    typedCode: typedCode, match: coupon.map { Evaluation.PresentedCoupon.Match(coupon: $0, template: template) })
}

/// "2026-03-31T15:59:59Z", with fractions of a second if wanted.
func instant(_ text: String) -> Date {
  let formatter = ISO8601DateFormatter()
  formatter.formatOptions = text.contains(".") ? [.withInternetDateTime, .withFractionalSeconds] : [.withInternetDateTime]
  guard let date = formatter.date(from: text) else { preconditionFailure("\(text) is no instant") }
  return date
}

func date(_ text: String) -> CalendarDate {
  guard let date = CalendarDate(text: text) else { preconditionFailure("\(text) is no date") }
  return date
}

func zone(_ name: String) -> IANATimeZone {
  guard let zone = IANATimeZone(name: name) else { preconditionFailure("\(name) is no zone") }
  return zone
}
