/// A sum that leaves the range in which Patron counts money.
struct AmountOverflow: Error, Equatable {}

/// The range in which the gateway accepts amounts, and sums that stay inside it.
///
/// The bound is far above any till and far below 2⁶³: an amount times 10,000 basis points still fits 64 bits, so no service
/// that multiplies an accepted amount by a rate can overflow, whatever a hostile client sends.
enum Amounts {
  /// 10¹² minor units: ten billion dollars. Inventory's records have the same bound.
  static let largest: Int64 = 1_000_000_000_000
  /// Units of goods on one line; a fuel pump counts by the millilitre.
  static let largestQuantity: Int64 = 1_000_000_000

  static func isWithinRange(_ amount: Int64) -> Bool { (-largest...largest).contains(amount) }

  /// The sum of `amounts`, each partial sum within the range.
  static func sum(_ amounts: some Sequence<Int64>) throws(AmountOverflow) -> Int64 {
    var total: Int64 = 0
    for amount in amounts { total = try adding(total, amount) }
    return total
  }

  static func adding(_ first: Int64, _ second: Int64) throws(AmountOverflow) -> Int64 {
    let (sum, overflow) = first.addingReportingOverflow(second)
    guard !overflow, isWithinRange(sum) else { throw AmountOverflow() }
    return sum
  }

  static func subtracting(_ first: Int64, _ second: Int64) throws(AmountOverflow) -> Int64 {
    let (difference, overflow) = first.subtractingReportingOverflow(second)
    guard !overflow, isWithinRange(difference) else { throw AmountOverflow() }
    return difference
  }
}

/// ⌊value × numerator ÷ denominator⌋, rounded towards negative infinity, with no overflow on the way.
///
/// - Precondition: `denominator` > 0 and the result fits 64 bits, as it does when |numerator| ≤ denominator.
func floorOfProduct(_ value: Int64, times numerator: Int64, over denominator: Int64) -> Int64 {
  precondition(denominator > 0)
  let product = Int128(value) * Int128(numerator)
  let (quotient, remainder) = product.quotientAndRemainder(dividingBy: Int128(denominator))
  return Int64(remainder < 0 ? quotient - 1 : quotient)
}
