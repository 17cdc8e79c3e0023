import Testing

@testable import Loyalty

@Suite struct CumulativeShareTests {
  @Test(
    "A return takes the floor after less the floor before",
    arguments: [
      (0, 100, 100, 50, 50), (0, 50, 100, 51, 25), (50, 100, 100, 51, 26), (0, 33, 100, 10, 3), (33, 66, 100, 10, 3),
      (66, 100, 100, 10, 4), (0, 0, 100, 10, 0), (100, 100, 100, 10, 0),
      // A free order: all of it at once.
      (0, 0, 0, 7, 7),
    ] as [(Int64, Int64, Int64, Int64, Int64)])
  func share(before: Int64, after: Int64, total: Int64, recorded: Int64, expected: Int64) throws {
    let share = try #require(CumulativeShare(before: before, after: after, total: total))
    #expect(share.share(of: recorded, alreadyTaken: 0) == expected)
  }

  @Test("Returns that cover the whole take exactly the whole, in any order")
  func partsMakeTheWhole() throws {
    var random = SeededRandom(seed: 7)
    for _ in 0..<1_000 {
      let total = Int64.random(in: 1...100_000, using: &random)
      let recorded = Int64.random(in: 0...1_000_000_000_000, using: &random)
      var cuts = (0..<Int.random(in: 0...6, using: &random)).map { _ in Int64.random(in: 0...total, using: &random) }
      cuts = [0] + cuts.sorted() + [total]
      var taken: Int64 = 0
      for (before, after) in zip(cuts, cuts.dropFirst()).shuffled(using: &random) {
        taken += try #require(CumulativeShare(before: before, after: after, total: total)).share(of: recorded, alreadyTaken: taken)
      }
      #expect(taken == recorded)
    }
  }

  @Test("Overlapping returns take no more than was recorded")
  func overlap() throws {
    let share = try #require(CumulativeShare(before: 0, after: 80, total: 100))
    #expect(share.share(of: 50, alreadyTaken: 40) == 10)
    #expect(share.share(of: 50, alreadyTaken: 50) == 0)
  }

  @Test(
    "Parts that contradict each other are no share",
    arguments: [(-1, 5, 10), (6, 5, 10), (5, 11, 10), (0, 1, -1)] as [(Int64, Int64, Int64)])
  func contradiction(before: Int64, after: Int64, total: Int64) {
    #expect(CumulativeShare(before: before, after: after, total: total) == nil)
  }
}
