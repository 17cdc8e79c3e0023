import Foundation
import Testing

@testable import Gateway

@Suite struct QuoteRulesTests {
  private let instant = Date(timeIntervalSince1970: 1_709_164_800)  // 2024-02-29
  private var terms: QuoteTerms { QuoteTerms(clientID: "cli_1", basketHash: [1, 2, 3], expireTime: instant) }

  @Test func aQuoteHoldsUntilTheInstantOfItsExpiryAndNotAtIt() throws {
    try QuoteRules.check(terms, clientID: "cli_1", basketHash: [1, 2, 3], now: instant.addingTimeInterval(-0.000_001))
    #expect(throws: QuoteRefusal.expired(instant)) {
      try QuoteRules.check(terms, clientID: "cli_1", basketHash: [1, 2, 3], now: instant)
    }
  }

  @Test func aQuoteIsForOneClientAndOneBasket() {
    let before = instant.addingTimeInterval(-1)
    #expect(throws: QuoteRefusal.invalid) { try QuoteRules.check(terms, clientID: "cli_2", basketHash: [1, 2, 3], now: before) }
    #expect(throws: QuoteRefusal.basketDiffers) { try QuoteRules.check(terms, clientID: "cli_1", basketHash: [1, 2], now: before) }
  }
}
