import Foundation

/// What a basket gets: a pure function of the basket, the instant, the rules and their visible counts. Nothing is held.
///
/// 1. Promotions, by ascending priority, then id. 2. Coupons, in the order presented. Each works on what the ones before it
/// have left of its matching lines; lines of 0 or less, and adjustments, are left alone.
struct Evaluation: Sendable {
  /// A rule with what is known of its uses.
  struct Candidate: Sendable, Hashable {
    let rule: Rule
    /// By everybody.
    let uses: UseCount
    /// By the basket's member.
    let memberUses: UseCount
  }

  /// A code as it was presented, with what was found for it.
  struct PresentedCoupon: Sendable, Hashable {
    let typedCode: String
    /// Nil when the code is unknown.
    let match: Match?

    struct Match: Sendable, Hashable {
      let coupon: Coupon
      let template: Candidate
    }
  }

  struct Outcome: Sendable, Hashable {
    var discounts: [Discount] = []
    var rejectedCoupons: [RejectedCoupon] = []
  }

  private let instant: Date
  private var running: RunningBasket
  private var outcome = Outcome()
  /// Uses that this basket already makes, by rule: two coupons of one template count against its limits together.
  private var plannedUses: [String: Int64] = [:]
  private var presentedCodes: Set<String> = []

  /// - Parameter promotions: published ones, in any order.
  static func outcome(
    of basket: Basket, at instant: Date, promotions: [Candidate], coupons: [PresentedCoupon]
  ) -> Outcome {
    var evaluation = Evaluation(instant: instant, running: RunningBasket(basket))
    for promotion in promotions.sorted(by: inOrder) { evaluation.apply(promotion) }
    for coupon in coupons { evaluation.apply(coupon) }
    return evaluation.outcome
  }

  private init(instant: Date, running: RunningBasket) {
    self.instant = instant
    self.running = running
  }

  private static func inOrder(_ one: Candidate, _ other: Candidate) -> Bool {
    (one.rule.terms.priority, one.rule.id) < (other.rule.terms.priority, other.rule.id)
  }

  // MARK: One rule

  private mutating func apply(_ promotion: Candidate) {
    // A promotion that does not apply is not news: nobody asked for it.
    if case .applies(let positions, let reduction) = verdict(on: promotion) {
      take(reduction, at: positions, by: promotion.rule, source: .promotion(id: promotion.rule.id))
    }
  }

  private mutating func apply(_ presented: PresentedCoupon) {
    let isFirst = presentedCodes.insert(Self.identity(of: presented)).inserted
    guard isFirst else { return reject(presented, .repeated) }
    guard let match = presented.match else { return reject(presented, .unknown) }
    if let cause = obstacle(to: match.coupon) { return reject(presented, cause) }
    switch verdict(on: match.template) {
    case .applies(let positions, let reduction):
      let source = UseSource.coupon(id: match.coupon.id, templateID: match.coupon.templateID)
      take(reduction, at: positions, by: match.template.rule, source: source)
    case .doesNot(let ineligibility):
      reject(presented, .ineligible(ineligibility))
    }
  }

  /// The same coupon typed in two ways is the same coupon.
  private static func identity(of presented: PresentedCoupon) -> String {
    presented.match?.coupon.id ?? presented.typedCode
  }

  private mutating func reject(_ presented: PresentedCoupon, _ cause: CouponRejection) {
    outcome.rejectedCoupons.append(RejectedCoupon(code: presented.typedCode, cause: cause))
  }

  private mutating func take(_ reduction: Int64, at positions: [Int], by rule: Rule, source: UseSource) {
    let parts = running.take(reduction, at: positions)
    plannedUses[rule.id, default: 0] += 1
    outcome.discounts.append(
      Discount(source: source, version: rule.version, name: rule.terms.name, minorUnits: reduction, parts: parts))
  }

  // MARK: Verdicts

  private func obstacle(to coupon: Coupon) -> CouponRejection? {
    if coupon.isVoid { return .void }
    guard coupon.uses.admitsOneMore(limit: coupon.useLimit) else {
      return .used(held: coupon.uses.used < coupon.useLimit)
    }
    guard let owner = coupon.memberID else { return nil }
    guard let memberID = running.basket.memberID else { return .memberRequired }
    return owner == memberID ? nil : .otherMember
  }

  private enum Verdict {
    case applies(at: [Int], reduction: Int64)
    case doesNot(Ineligibility)
  }

  private func verdict(on candidate: Candidate) -> Verdict {
    let terms = candidate.rule.terms
    if let ineligibility = ineligibility(of: candidate) { return .doesNot(ineligibility) }
    let positions = running.matchingPositions(terms.products)
    guard !positions.isEmpty else { return .doesNot(.noMatchingLine) }
    let sum = running.sum(at: positions)
    if let minimum = terms.conditions.minimumAmount, sum < minimum.minorUnits {
      return .doesNot(.belowMinimum(required: minimum, found: sum))
    }
    let reduction = terms.benefit.reduction(ofMatchingSum: sum)
    return reduction > 0 ? .applies(at: positions, reduction: reduction) : .doesNot(.noEffect)
  }

  /// What can be said before any line is looked at.
  private func ineligibility(of candidate: Candidate) -> Ineligibility? {
    let terms = candidate.rule.terms
    let conditions = terms.conditions
    let basket = running.basket
    switch conditions.period.position(of: instant) {
    case .before: return .notYetInForce(from: conditions.period.startDate)
    case .after: return .noLongerInForce(since: conditions.period.endDate)
    case .within: break
    }
    if !conditions.storeIDs.isEmpty, !conditions.storeIDs.contains(basket.storeID) { return .otherStore }
    if conditions.needsMember, basket.memberID == nil { return .memberRequired }
    if let currencyCode = terms.currencyCode, currencyCode != basket.currencyCode { return .otherCurrency(currencyCode) }
    let planned = plannedUses[candidate.rule.id, default: 0]
    guard candidate.uses.admitsOneMore(limit: conditions.totalLimit, planned: planned) else {
      return .limitReached(perMember: false)
    }
    guard candidate.memberUses.admitsOneMore(limit: conditions.memberLimit, planned: planned) else {
      return .limitReached(perMember: true)
    }
    return nil
  }
}
