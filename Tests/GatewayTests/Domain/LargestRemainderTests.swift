import Testing

@testable import Gateway

@Suite struct LargestRemainderTests {
  @Test(
    "What flooring leaves goes to the largest fractions, the earlier first among equals",
    arguments: [
      (10, [1, 1, 1], [4, 3, 3]),
      // shopware#19070: 20.00 over three equal lines is never 6.67 × 3.
      (2_000, [667, 667, 667], [667, 667, 666]),
      (1, [0, 5], [0, 1]),
      (7, [0, 0], [7, 0]),
      (0, [3, 4], [0, 0]),
      (0, [], []),
    ] as [(Int64, [Int64], [Int64])])
  func spread(amount: Int64, weights: [Int64], parts: [Int64]) {
    #expect(spreadByLargestRemainder(amount, over: weights) == parts)
  }

  @Test("Parts always sum to the whole and stay within one unit of their share")
  func property() {
    let seed: UInt64 = 2_026_112_201
    var random = SeededRandom(seed: seed)
    for round in 0..<2_000 {
      let weights = (0..<Int.random(in: 1...30, using: &random)).map { _ in Int64.random(in: 0...Amounts.largest, using: &random) }
      let amount = Int64.random(in: 0...Amounts.largest, using: &random)
      let parts = spreadByLargestRemainder(amount, over: weights)
      #expect(parts.reduce(0, +) == amount, "seed \(seed), round \(round)")
      let total = weights.reduce(Int128(0)) { $0 + Int128($1) }
      guard total > 0 else { continue }
      for (part, weight) in zip(parts, weights) {
        let exact = Int128(amount) * Int128(weight)
        let distance = Int128(part) * total - exact
        #expect(distance > -total && distance < total, "seed \(seed), round \(round)")
      }
    }
  }
}
