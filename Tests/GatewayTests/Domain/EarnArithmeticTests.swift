import Testing

@testable import Gateway

@Suite struct EarnArithmeticTests {
  private func promise(_ netSpends: [Int64], paidByPoints: Int64, minorUnitsPerUnit: Int64 = 100) -> EarnPromise {
    EarnArithmetic.promise(
      netSpendByLine: netSpends.enumerated().map { (lineNumber: $0 + 1, amount: $1) }, paidBesides: paidByPoints,
      rate: EarnRate(ruleVersion: 7, numerator: 1, denominator: 1, minorUnitsPerUnit: minorUnitsPerUnit))
  }

  @Test(
    "Points are floored once an order, spread over its lines, and what points pay earns none",
    arguments: [
      ([50, 50, 50], 0, 1, 150, [1, 0, 0]), ([1_000, -350], 0, 6, 650, [6, 0]), ([1_000, 1_000], 500, 15, 1_500, [8, 7]),
      ([1_000], 5_000, 0, 0, [0]), ([-100, 50], 0, 0, 0, [0, 0]),
    ] as [([Int64], Int64, Int64, Int64, [Int64])])
  func promise(netSpends: [Int64], paidByPoints: Int64, points: Int64, growth: Int64, parts: [Int64]) {
    let promise = promise(netSpends, paidByPoints: paidByPoints)
    #expect(promise.points == points)
    #expect(promise.growthValue == growth)
    #expect(promise.lines.map(\.points) == parts)
    #expect(promise.ruleVersion == 7)
  }

  @Test func aCurrencyWithoutCentsEarnsByItsOwnUnit() {
    #expect(CurrencyUnit.minorUnits(of: "JPY") == 1)
    #expect(CurrencyUnit.minorUnits(of: "KWD") == 1_000)
    #expect(promise([1_999], paidByPoints: 0, minorUnitsPerUnit: CurrencyUnit.minorUnits(of: "JPY")).points == 1_999)
  }

  @Test func amountsAtTheEndOfTheRangeDoNotOverflow() {
    #expect(promise(Array(repeating: Amounts.largest, count: 2_000), paidByPoints: 0).growthValue == Amounts.largest * 2_000)
  }
}
