import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Gateway

/// A quote carries loyalty's rate and the gateway's arithmetic; they must come to what loyalty itself says.
@Suite struct EarnAgreementTests {
  @Test func theGatewaysArithmeticIsLoyaltys() async throws {
    try await withShop { shop in
      let rule = LoyaltyV1.EarnRule(
        currencyCode: "USD", pointsNumerator: 7, pointsDenominator: 3, expireAfterMonths: 12, timeZone: "America/New_York",
        minorUnitsPerPoint: 1)
      let version = try #require(
        try await shop.points.publishEarnRule(.init(requestID: "rule", rule: rule), options: shop.inLoyalty).rule?.version)
      let rate = EarnRate(ruleVersion: version, numerator: 7, denominator: 3, minorUnitsPerUnit: 100)
      let seed: UInt64 = 2_026_112_203
      var random = SeededRandom(seed: seed)
      for round in 0..<200 {
        let lines = (0..<Int.random(in: 1...12, using: &random)).map {
          (lineNumber: $0 + 1, amount: Int64.random(in: -500...20_000, using: &random))
        }
        let paid = Int64.random(in: 0...5_000, using: &random)
        let asked = try await shop.points.evaluateEarn(
          .init(
            currencyCode: "USD",
            lines: lines.map { LoyaltyV1.EarnLine(lineNumber: Int32($0.lineNumber), netSpendMinorUnits: $0.amount) },
            paidByPointsMinorUnits: paid), options: shop.inLoyalty)
        let own = EarnArithmetic.promise(netSpendByLine: lines, paidBesides: paid, rate: rate)
        #expect(own.wire == asked.decision, "seed \(seed), round \(round)")
      }
    }
  }
}
