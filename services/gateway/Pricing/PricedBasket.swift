import PatronAPI

/// A basket with its prices, in the contract's values: what a quote promises and an order is made of.
struct PricedBasket: Equatable, Sendable {
  var storeID: String
  var currencyCode: String
  /// Empty for a customer who is no member.
  var memberID: String
  var lines: [InventoryV1.OrderLine]
  var totals: InventoryV1.OrderTotals
  var discounts: [CampaignV1.AppliedDiscount]
  var rejectedCoupons: [CampaignV1.RejectedCoupon] = []
  /// Nil with no member, and at a store whose currency is not the programme's.
  private(set) var earn: LoyaltyV1.EarnDecision? = nil
  /// What one point pays; 0 when points cannot pay.
  var minorUnitsPerPoint: Int64 = 0
  /// The member's standing now; nil with no member, and in a basket that was priced by a quote.
  var balance: LoyaltyV1.Balance? = nil
  /// Empty when no quote priced it.
  var quoteID = ""

  var hasMember: Bool { !memberID.isEmpty }
  var amountDue: Int64 { totals.amountDue?.minorUnits ?? 0 }

  /// Fixes what the order earns, and each line's part of it.
  mutating func setEarn(_ decision: LoyaltyV1.EarnDecision) {
    earn = decision
    let points = Dictionary(decision.lines.map { ($0.lineNumber, $0.points) }, uniquingKeysWith: +)
    for index in lines.indices { lines[index].pointsEarned = points[lines[index].lineNumber] ?? 0 }
  }
}
