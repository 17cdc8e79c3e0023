/// A coupon that was presented and does not apply.
struct RejectedCoupon: Sendable, Hashable {
  /// As it was presented.
  let code: String
  let cause: CouponRejection
}

/// Why a coupon does not apply: what the coupon itself is, or what its template's rule says of the basket.
enum CouponRejection: Sendable, Hashable {
  case unknown
  case repeated
  case void
  /// `held`: another checkout is using it and may still give it back.
  case used(held: Bool)
  case otherMember
  case memberRequired
  case ineligible(Ineligibility)
}

extension CouponRejection {
  /// The published, machine-readable reason.
  var reason: String {
    switch self {
    case .unknown: "COUPON_UNKNOWN"
    case .repeated: "COUPON_REPEATED"
    case .void: "COUPON_VOID"
    case .used: "COUPON_USED"
    case .otherMember: "COUPON_OTHER_MEMBER"
    case .memberRequired, .ineligible(.memberRequired): "COUPON_MEMBER_REQUIRED"
    case .ineligible(.notYetInForce): "COUPON_NOT_YET_VALID"
    case .ineligible(.noLongerInForce): "COUPON_EXPIRED"
    case .ineligible(.otherStore): "COUPON_OTHER_STORE"
    case .ineligible(.otherCurrency): "CURRENCY_MISMATCH"
    case .ineligible(.limitReached): "COUPON_LIMIT_REACHED"
    case .ineligible(.noMatchingLine): "COUPON_NO_MATCHING_LINE"
    case .ineligible(.belowMinimum): "COUPON_BELOW_MINIMUM"
    case .ineligible(.noEffect): "COUPON_NO_EFFECT"
    }
  }

  /// For the cashier.
  var message: String {
    switch self {
    case .unknown: "No coupon has this code."
    case .repeated: "The coupon was already presented in this basket."
    case .void: "The coupon was withdrawn."
    case .used(held: true): "The coupon is being used by another checkout."
    case .used(held: false): "The coupon was used before."
    case .otherMember: "The coupon belongs to another member."
    case .memberRequired, .ineligible(.memberRequired): "The coupon is for members; identify the member first."
    case .ineligible(.notYetInForce(let date)): "The coupon is not valid yet\(date.map { "; it is from \($0.text) on" } ?? "")."
    case .ineligible(.noLongerInForce(let date)): "The coupon is no longer valid\(date.map { "; \($0.text) was its last day" } ?? "")."
    case .ineligible(.otherStore): "The coupon is not for this store."
    case .ineligible(.otherCurrency(let code)): "The coupon is in \(code)."
    case .ineligible(.limitReached(perMember: true)): "The member has used this offer as often as it allows."
    case .ineligible(.limitReached(perMember: false)): "The offer has been used as often as it allows."
    case .ineligible(.noMatchingLine): "Nothing in the basket that the coupon is for has an amount left."
    case .ineligible(.belowMinimum(let required, let found)):
      "What the coupon is for amounts to \(found), and it needs \(required.minorUnits) (minor units of \(required.currencyCode))."
    case .ineligible(.noEffect): "The coupon would take off less than the smallest unit."
    }
  }
}
