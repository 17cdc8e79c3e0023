internal import Foundation

/// Why a card is not sold, used, frozen or refunded (the table stands in README.md).
enum EntitlementRefusal: Error, Equatable, Sendable {
  case planUnknown
  case entitlementUnknown
  case useUnknown
  case periodUnknown
  case priceChanged(price: Int64)
  case currencyFixed(String)
  /// What it is instead of usable, frozen or freezable.
  case notUsable(Entitlement.State)
  case usesExhausted(left: Int64)
  case dailyUses(left: Int64)
  case serviceNotCovered
  case useLapsed
  /// A step that its state does not allow.
  case useState(EntitlementUse.State)
  case freezeDays(left: Int)
  case usesHeld
  case periodRefunded
  case tooManyPeriods
}
