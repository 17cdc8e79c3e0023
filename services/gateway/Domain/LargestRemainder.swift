/// Splits `amount` in proportion to `weights`, so that the parts sum to `amount` exactly.
///
/// Each part is first its proportional floor; the units that flooring left go, one each, to the parts that lost the largest
/// fraction, and among equal fractions to the earlier one. A part is never more than one unit from its exact share.
///
/// With no positive weight there is no proportion to go by, and the first part takes all.
///
/// - Precondition: `amount` ≥ 0, every weight ≥ 0, and `weights` is not empty unless `amount` is 0.
func spreadByLargestRemainder(_ amount: Int64, over weights: [Int64]) -> [Int64] {
  precondition(amount >= 0 && weights.allSatisfy { $0 >= 0 } && (amount == 0 || !weights.isEmpty))
  let totalWeight = weights.reduce(Int128(0)) { $0 + Int128($1) }
  var parts = [Int64](repeating: 0, count: weights.count)
  guard amount > 0 else { return parts }
  guard totalWeight > 0 else {
    parts[0] = amount
    return parts
  }
  var fractions: [(index: Int, remainder: Int128)] = []
  fractions.reserveCapacity(weights.count)
  var given: Int64 = 0
  for (index, weight) in weights.enumerated() {
    let (quotient, remainder) = (Int128(amount) * Int128(weight)).quotientAndRemainder(dividingBy: totalWeight)
    parts[index] = Int64(quotient)
    given += parts[index]
    fractions.append((index, remainder))
  }
  // Fewer units are left than there are parts with a fraction, so no part gets two.
  let left = Int(amount - given)
  fractions.sort { $0.remainder != $1.remainder ? $0.remainder > $1.remainder : $0.index < $1.index }
  for fraction in fractions.prefix(left) { parts[fraction.index] += 1 }
  return parts
}
