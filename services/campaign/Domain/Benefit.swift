/// What is taken off the matching lines.
enum Benefit: Sendable, Hashable {
  /// Of what the matching lines amount to; 1 to 10,000, where 10,000 is all of it.
  case percent(basisPoints: Int64)
  /// Once a basket, and never more than the matching lines amount to.
  case amountOff(Amount)

  static let basisPointsOfWhole: Int64 = 10_000

  /// What comes off a matching sum, in the same minor units; 0 to `matchingSum`.
  ///
  /// This is the only place where a discount is rounded: down, once for the whole discount. Lines then share that integer,
  /// so no line is rounded by itself and all of 100 % is exactly the sum.
  func reduction(ofMatchingSum matchingSum: Int64) -> Int64 {
    switch self {
    case .percent(let basisPoints):
      // The product may exceed 64 bits; the quotient cannot, since basisPoints ≤ 10,000.
      Self.basisPointsOfWhole.dividingFullWidth(matchingSum.multipliedFullWidth(by: basisPoints)).quotient
    case .amountOff(let amount):
      min(amount.minorUnits, matchingSum)
    }
  }
}
