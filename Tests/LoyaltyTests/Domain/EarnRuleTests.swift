import Foundation
import Testing

@testable import Loyalty

extension EarnRule {
  static func example(
    currency: String = "USD", numerator: Int64 = 1, denominator: Int64 = 1, months: Int = 12, zone: String = "UTC",
    activationDays: Int = 0, minorUnitsPerPoint: Int64 = 1
  ) -> EarnRule {
    EarnRule(
      version: 1, currencyCode: currency, pointsNumerator: numerator, pointsDenominator: denominator, expiry: .months(months),
      timeZoneIdentifier: zone, activateAfterDays: activationDays, minorUnitsPerPoint: minorUnitsPerPoint,
      publishedAt: Date(timeIntervalSince1970: 0))
  }
}

@Suite struct EarnRuleTests {
  @Test(
    "Points of an order are floored once, by whole currency units",
    arguments: [
      ("USD", 1, 1, 0, 0), ("USD", 1, 1, 99, 0), ("USD", 1, 1, 100, 1), ("USD", 1, 1, 199, 1), ("USD", 1, 1, 200, 2),
      ("USD", 1, 1, -500, 0),
      // Two points a unit; one point for three units; three for two.
      ("USD", 2, 1, 149, 2), ("USD", 2, 1, 150, 3), ("USD", 1, 3, 299, 0), ("USD", 1, 3, 300, 1), ("USD", 3, 2, 199, 2),
      // A rule that gives none.
      ("USD", 0, 1, 1_000_000, 0),
      // Currencies with no cents, with thousandths, with four digits.
      ("JPY", 1, 100, 1_999, 19), ("KWD", 1, 1, 1_999, 1), ("KWD", 1, 1, 999, 0), ("CLF", 1, 1, 9_999, 0), ("CNY", 1, 1, 100, 1),
      // The largest order and the most generous rule stay inside 64 bits.
      ("JPY", 1_000, 1, 1_000_000_000_000, 1_000_000_000_000_000),
    ] as [(String, Int64, Int64, Int64, Int64)])
  func points(currency: String, numerator: Int64, denominator: Int64, netSpend: Int64, expected: Int64) {
    let rule = EarnRule.example(currency: currency, numerator: numerator, denominator: denominator)
    #expect(rule.points(forNetSpend: netSpend) == expected)
  }

  @Test("What points pay is a product, and nothing where it would overflow")
  func pointsAsMoney() {
    #expect(EarnRule.example(minorUnitsPerPoint: 5).minorUnits(paidBy: 3_030) == 15_150)
    #expect(EarnRule.example(minorUnitsPerPoint: 5).minorUnits(paidBy: .max) == nil)
  }

  @Test(
    "Currency codes are three upper-case letters",
    arguments: [("USD", true), ("usd", false), ("US", false), ("USDX", false), ("ÜSD", false)])
  func currencyForm(code: String, isWellFormed: Bool) {
    #expect(CurrencyExponent.isWellFormed(code) == isWellFormed)
  }
}
