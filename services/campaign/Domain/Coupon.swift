import Foundation

/// A code that a customer presents, made from a template.
struct Coupon: Sendable, Hashable {
  /// "cpn_…".
  let id: String
  let code: CouponCode
  let templateID: String
  /// The only member who may use it; nil means whoever holds the code.
  let memberID: String?
  /// Fixed when the code is made.
  let useLimit: Int64
  var uses: UseCount
  var isVoid: Bool
  let createInstant: Date
}
