/// What a promotion and a coupon template have in common: something is taken off some lines under some conditions.
///
/// A published version never changes. Publishing again makes the next version; every effect is stamped with the version
/// that gave it.
struct Rule: Sendable, Hashable {
  /// "prm_…" or "cpt_…".
  let id: String
  let kind: RuleKind
  /// 1 with the first publication.
  let version: Int64
  let terms: RuleTerms
}

/// What one publication says.
struct RuleTerms: Sendable, Hashable {
  var name: String
  var products: ProductSet
  var benefit: Benefit
  var conditions: Conditions
  /// Lower goes first; ties by id.
  var priority: Int32
  /// Coupon templates: how often each code made from it may be used. 1 for a promotion.
  var usesPerCode: Int64
}

enum RuleKind: Int64, Sendable, Hashable {
  /// Applies by itself wherever its conditions hold.
  case promotion = 1
  /// Applies where one of its codes is presented.
  case couponTemplate = 2
}

extension RuleTerms {
  /// The currency that an amount off or a minimum ties the rule to; nil when it holds in every currency.
  var currencyCode: String? {
    if case .amountOff(let amount) = benefit { return amount.currencyCode }
    return conditions.minimumAmount?.currencyCode
  }
}
