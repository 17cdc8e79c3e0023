import Foundation

/// What a quote is bound to, beside its prices.
struct QuoteTerms: Equatable, Sendable {
  /// The only client that may use it.
  var clientID: String
  var basketHash: [UInt8]
  /// From this instant on it is no promise any more.
  var expireTime: Date
}

enum QuoteRefusal: Error, Equatable {
  /// No token of ours, altered, or another client's: not told apart, so that a forger learns nothing.
  case invalid
  case expired(Date)
  /// It was given for another basket.
  case basketDiffers
}

/// Whether a quote whose signature holds may price this checkout.
enum QuoteRules {
  static func check(_ terms: QuoteTerms, clientID: String, basketHash: [UInt8], now: Date) throws(QuoteRefusal) {
    guard terms.clientID == clientID else { throw .invalid }
    guard now < terms.expireTime else { throw .expired(terms.expireTime) }
    guard terms.basketHash == basketHash else { throw .basketDiffers }
  }
}
