/// Money as an integer of the currency's smallest unit.
struct Amount: Sendable, Hashable {
  /// ISO 4217, three upper-case letters.
  let currencyCode: String
  let minorUnits: Int64
}
