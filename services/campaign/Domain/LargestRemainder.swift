/// Shares an integer over weights so that the shares sum to it exactly.
enum LargestRemainder {
  /// Each share is its exact proportion rounded down; what is then missing goes, one unit each, to the shares that lost the
  /// largest fractions, the earlier one where two lost the same.
  ///
  /// A share never exceeds its weight, and a weight of 0 gets 0.
  ///
  /// - Precondition: no weight is negative, they sum within 64 bits, and `whole` is between 0 and that sum.
  static func shares(of whole: Int64, over weights: [Int64]) -> [Int64] {
    let sum = weights.reduce(0, +)
    precondition(whole >= 0 && whole <= sum, "a whole of \(whole) cannot be shared over weights that sum to \(sum)")
    guard whole > 0 else { return weights.map { _ in 0 } }

    var shares: [Int64] = []
    var remainders: [Int64] = []
    shares.reserveCapacity(weights.count)
    remainders.reserveCapacity(weights.count)
    var missing = whole
    for weight in weights {
      precondition(weight >= 0, "a weight is negative")
      let (share, remainder) = sum.dividingFullWidth(whole.multipliedFullWidth(by: weight))
      shares.append(share)
      remainders.append(remainder)
      missing -= share
    }

    guard missing > 0 else { return shares }
    let byLoss = remainders.indices.sorted { (remainders[$1], $0) < (remainders[$0], $1) }
    for index in byLoss.prefix(Int(missing)) { shares[index] += 1 }
    return shares
  }
}
