/// A basket while rules are applied to it one after another: each sees what the ones before it have left.
struct RunningBasket: Sendable {
  let basket: Basket
  /// What is left of each line, in the order of `basket.lines`.
  private(set) var remaining: [Int64]

  init(_ basket: Basket) {
    self.basket = basket
    remaining = basket.lines.map(\.minorUnits)
  }

  /// The lines that a rule is for and that have something left, by their position.
  func matchingPositions(_ products: ProductSet) -> [Int] {
    basket.lines.indices.filter { position in
      let line = basket.lines[position]
      return remaining[position] > 0 && !line.isAdjustment && products.contains(line)
    }
  }

  func sum(at positions: [Int]) -> Int64 {
    positions.reduce(0) { $0 + remaining[$1] }
  }

  /// Takes `reduction` off the lines at `positions` in proportion to what is left of them.
  ///
  /// - Returns: what came off each line; lines that gave nothing are left out.
  mutating func take(_ reduction: Int64, at positions: [Int]) -> [LinePart] {
    let shares = LargestRemainder.shares(of: reduction, over: positions.map { remaining[$0] })
    var parts: [LinePart] = []
    for (position, share) in zip(positions, shares) where share > 0 {
      remaining[position] -= share
      parts.append(LinePart(lineNumber: basket.lines[position].number, minorUnits: share))
    }
    return parts
  }
}
