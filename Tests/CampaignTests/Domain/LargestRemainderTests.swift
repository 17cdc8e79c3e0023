import Testing

@testable import Campaign

@Suite struct LargestRemainderTests {
  struct Row: Sendable {
    let whole: Int64
    let weights: [Int64]
    let shares: [Int64]
  }

  @Test(arguments: [
    // shopware#19070: 10.00 over three lines became 6.67 × 3.
    Row(whole: 1000, weights: [500, 500, 500], shares: [334, 333, 333]),
    Row(whole: 10, weights: [1, 1, 1, 97], shares: [0, 0, 0, 10]),
    Row(whole: 1, weights: [1, 1], shares: [1, 0]),
    Row(whole: 2, weights: [1, 1], shares: [1, 1]),
    Row(whole: 7, weights: [10, 20, 30], shares: [1, 2, 4]),
    Row(whole: 5, weights: [0, 5, 0], shares: [0, 5, 0]),
    Row(whole: 0, weights: [3, 4], shares: [0, 0]),
    Row(whole: 0, weights: [], shares: []),
    Row(whole: 0, weights: [0, 0], shares: [0, 0]),
    Row(
      whole: 2_000_000_000_000_000_000, weights: [1_000_000_000_000_000_000, 1_000_000_000_000_000_000],
      shares: [1_000_000_000_000_000_000, 1_000_000_000_000_000_000]),
  ])
  func `the largest lost fractions get what is missing`(_ row: Row) {
    #expect(LargestRemainder.shares(of: row.whole, over: row.weights) == row.shares)
  }

  @Test(arguments: seeds(thatFailedBefore: 1, 2, 3))
  func `shares sum to the whole, and each is its proportion rounded down or up`(seed: UInt64) {
    var random = SeededGenerator(seed: seed)
    for _ in 0..<500 {
      let weights = (0..<Int.random(in: 1...40, using: &random)).map { _ in
        Bool.random(using: &random)
          ? Int64.random(in: 0...20, using: &random) : Int64.random(in: 0...90_000_000_000_000_000, using: &random)
      }
      let sum = weights.reduce(0, +)
      let whole = Int64.random(in: 0...sum, using: &random)
      let shares = LargestRemainder.shares(of: whole, over: weights)
      #expect(shares.reduce(0, +) == whole, "seed \(seed)")
      for (share, weight) in zip(shares, weights) {
        #expect(share >= 0 && share <= weight, "seed \(seed)")
        guard sum > 0 else { continue }
        let (floor, remainder) = sum.dividingFullWidth(whole.multipliedFullWidth(by: weight))
        #expect(share == floor || (share == floor + 1 && remainder > 0), "seed \(seed)")
      }
    }
  }
}
