/// Splits a whole into integer parts in proportion to weights, so that the parts sum to the whole exactly.
enum LargestRemainder {
  /// Each part is floor(total × weight / sum of weights); what that leaves over goes, one each, to the largest remainders, the
  /// earlier part first among equals. A weight of 0 or less gets 0. With no positive weight there is nobody to give to, so
  /// `total` must then be 0.
  ///
  /// - Precondition: `total` is 0 or more.
  static func spread(_ total: Int64, over weights: [Int64]) -> [Int64] {
    precondition(total >= 0, "a negative total cannot be spread")
    let positiveSum = weights.reduce(Int128(0)) { $0 + Int128(max(0, $1)) }
    guard positiveSum > 0 else {
      precondition(total == 0, "no line can take the points")
      return weights.map { _ in 0 }
    }
    var parts: [Int64] = []
    parts.reserveCapacity(weights.count)
    var remainders: [(index: Int, remainder: Int128)] = []
    var left = total
    for (index, weight) in weights.enumerated() {
      let (part, remainder) = (Int128(total) * Int128(max(0, weight))).quotientAndRemainder(dividingBy: positiveSum)
      parts.append(Int64(part))
      left -= Int64(part)
      if remainder > 0 { remainders.append((index, remainder)) }
    }
    remainders.sort { ($0.remainder, $1.index) > ($1.remainder, $0.index) }
    // `left` is below the number of remainders: each is less than one whole, and together they are exactly `left` wholes.
    for position in 0..<Int(left) { parts[remainders[position].index] += 1 }
    return parts
  }
}
