import Testing

@testable import Campaign

@Suite struct BenefitTests {
  struct Row: Sendable {
    let benefit: Benefit
    let sum: Int64
    let reduction: Int64
  }

  @Test(arguments: [
    Row(benefit: percent(1_000), sum: 1999, reduction: 199),
    Row(benefit: percent(1_000), sum: 9, reduction: 0),
    Row(benefit: percent(1), sum: 9_999, reduction: 0),
    Row(benefit: percent(1), sum: 10_000, reduction: 1),
    Row(benefit: percent(3_333), sum: 3, reduction: 0),
    // odoo#237624: 100 % left 0.01.
    Row(benefit: percent(10_000), sum: 1, reduction: 1),
    Row(benefit: percent(10_000), sum: 2_000_000_000_000_000_000, reduction: 2_000_000_000_000_000_000),
    Row(benefit: percent(9_999), sum: 2_000_000_000_000_000_000, reduction: 1_999_800_000_000_000_000),
    Row(benefit: amountOff(500), sum: 499, reduction: 499),
    Row(benefit: amountOff(500), sum: 500, reduction: 500),
    Row(benefit: amountOff(500), sum: 501, reduction: 500),
  ])
  func `a percentage is rounded down once, an amount stops at the sum`(_ row: Row) {
    #expect(row.benefit.reduction(ofMatchingSum: row.sum) == row.reduction)
  }
}
