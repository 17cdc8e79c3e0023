/// Why loyalty says no to what is asked about tiers.
enum TierRefusal: Error, Equatable, Sendable {
  /// The scheme in force has no tier of that code.
  case tierUnknown
  /// A tier that can be earned, or paid for, is not given without an end.
  case endRequired
  case tooManyGrants
  case grantUnknown
}
