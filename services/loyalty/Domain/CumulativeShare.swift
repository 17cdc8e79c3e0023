/// How far a return has brought an order back: refunded money, or the points that its lines earned, before and after it, of the whole.
///
/// What the return takes of a recorded amount is floor(amount × after / total) − floor(amount × before / total). Consecutive
/// shares telescope, so returns that together cover 0…total take exactly the whole amount, whatever the parts and in whatever
/// order they arrive.
struct CumulativeShare: Equatable, Sendable {
  let before: Int64
  let after: Int64
  let total: Int64

  /// Nil when the parts contradict each other. A total of 0 (a free order) has one share only: all of it.
  init?(before: Int64, after: Int64, total: Int64) {
    if total == 0 {
      (self.before, self.after, self.total) = (0, 1, 1)
      return
    }
    guard 0 <= before, before <= after, after <= total else { return nil }
    (self.before, self.after, self.total) = (before, after, total)
  }

  /// Whether nothing of the order is left.
  var isWhole: Bool { after == total }

  /// The share of `recorded`, but never more than what earlier returns have left of it: shares that overlap, which no honest
  /// caller sends, still cannot take more than was ever recorded.
  func share(of recorded: Int64, alreadyTaken: Int64) -> Int64 {
    let share = floor(of: recorded, at: after) - floor(of: recorded, at: before)
    return min(share, recorded - alreadyTaken)
  }

  private func floor(of recorded: Int64, at refunded: Int64) -> Int64 {
    Int64(Int128(recorded) * Int128(refunded) / Int128(total))
  }
}
