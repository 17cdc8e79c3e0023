import PatronAPI
import ServiceKit

/// Reads the amounts of one message, all of which are in one currency and within `Limits.amount`.
struct AmountReader {
  var currencyCode: String

  /// The amount in minor units. Absent means 0.
  func read(_ money: TypeV1.Money?, _ field: String, _ errors: inout FieldErrors) -> Int64 {
    guard let money else { return 0 }
    errors.require(money.currencyCode == currencyCode, "\(field).currency_code", "must be \(currencyCode), as the total")
    let isSmall = (-Limits.amount...Limits.amount).contains(money.minorUnits)
    errors.require(isSmall, "\(field).minor_units", "at most \(Limits.amount) either way")
    return isSmall ? money.minorUnits : 0
  }

  /// The amount in minor units, which may not be below 0.
  func readPositive(_ money: TypeV1.Money?, _ field: String, _ errors: inout FieldErrors) -> Int64 {
    let amount = read(money, field, &errors)
    errors.require(amount >= 0, "\(field).minor_units", "must be 0 or more")
    return amount
  }
}
