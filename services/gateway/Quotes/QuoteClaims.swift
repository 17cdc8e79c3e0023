import Crypto
import Foundation
import GoogleProto
import PatronAPI
import ProtobufC

// A priced basket as a promise, and a promise as a priced basket.

extension GatewayV1.QuoteClaims {
  init(quoteID: String, clientID: String, basketHash: [UInt8], priced: PricedBasket, expireTime: Date) {
    self.init(
      quoteID: quoteID, clientID: clientID, storeID: priced.storeID, memberID: priced.memberID, basketHash: basketHash,
      lines: priced.lines, totals: priced.totals, discounts: priced.discounts, earn: priced.earn,
      expireTime: GoogleProtobuf.Timestamp(expireTime), minorUnitsPerPoint: priced.minorUnitsPerPoint)
  }

  /// What the token is bound to. A token of ours without an expiry would be none.
  var terms: QuoteTerms {
    QuoteTerms(clientID: clientID, basketHash: basketHash, expireTime: expireTime?.date ?? .distantPast)
  }

  /// The basket at the promised price, and with the points that it earns if nothing is paid with points or stored value.
  var priced: PricedBasket {
    var priced = PricedBasket(
      storeID: storeID, currencyCode: totals?.amountDue?.currencyCode ?? "", memberID: memberID, lines: lines,
      totals: totals ?? InventoryV1.OrderTotals(), discounts: discounts)
    priced.minorUnitsPerPoint = minorUnitsPerPoint
    priced.quoteID = quoteID
    if let earn, priced.hasMember { priced.setEarn(earn) }
    return priced
  }
}

extension GatewayV1.Basket {
  /// SHA-256 of what a price depends on. What a till may learn only later is left out: who stands at which till, its own number
  /// of the sale, and the time by its clock.
  var hash: [UInt8] {
    var basket = self
    basket.tillID = ""
    basket.staffID = ""
    basket.externalReference = ""
    basket.occurredTime = nil
    for index in basket.lines.indices where basket.lines[index].kind == .unspecified { basket.lines[index].kind = .sale }
    return Array(SHA256.hash(data: basket.encoded()))
  }
}
