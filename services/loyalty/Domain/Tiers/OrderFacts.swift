internal import Foundation

/// What an order counts for a tier, as its returns have left it, in the order's own time: a return takes out of the window what the order
/// brought into it, as if it had never been.
struct OrderFact: Equatable, Sendable {
  var at: Date
  var growthValue: Int64
  var points: Int64
  /// No more, once the whole order has come back.
  var isVisit: Bool
}

extension TierMeasures {
  mutating func add(_ fact: OrderFact) {
    growthValue += fact.growthValue
    points += fact.points
    visits += fact.isVisit ? 1 : 0
  }

  mutating func subtract(_ fact: OrderFact) {
    growthValue -= fact.growthValue
    points -= fact.points
    visits -= fact.isVisit ? 1 : 0
  }
}

/// Orders of one member, to be summed over parts of the past.
struct OrderFacts: Sendable {
  /// In the order of their times.
  let all: [OrderFact]
  /// Of all facts before each, and of all.
  private let sums: [TierMeasures]

  /// - Parameter ordered: in the order of their times.
  init(_ ordered: [OrderFact]) {
    all = ordered
    var sum = TierMeasures()
    sums =
      [sum]
      + ordered.map { fact in
        sum.add(fact)
        return sum
      }
  }

  /// From `start` on and before `end`.
  func measures(from start: Date, before end: Date) -> TierMeasures {
    let (lower, upper) = (sums[count(before: start)], sums[count(before: max(start, end))])
    return TierMeasures(
      growthValue: upper.growthValue - lower.growthValue, visits: upper.visits - lower.visits, points: upper.points - lower.points)
  }

  /// How many there are before `instant`.
  private func count(before instant: Date) -> Int {
    var (low, high) = (0, all.count)
    while low < high {
      let middle = (low + high) / 2
      if all[middle].at < instant { low = middle + 1 } else { high = middle }
    }
    return low
  }
}
