import Foundation
import PatronAPI

/// Patron's own offers of the demo day: three promotions and one coupon template, at a stated subset of stores. They stand beside the
/// published data and are no part of it; their effect is reported apart.
enum DemoOffers {
  /// The fourteen stores with the most baskets of the day.
  static let storeNumbers: Set<String> = [
    "292", "313", "316", "320", "367", "372", "388", "396", "410", "421", "31782", "32004", "34280", "333",
  ]

  /// Points that a household brought along from the system before, so that some can pay with points on the first day: every fourth one.
  static let openingPoints: Int64 = 500

  static func bringsPoints(_ household: GroceryDay.Household, at index: Int) -> Bool { index % 4 == 0 }

  /// Every third household that the day sees at one of the stores holds a coupon.
  static func holdsCoupon(at index: Int) -> Bool { index % 3 == 0 }

  /// Up to half of what is due, in whole points of the programme's rate.
  static func pointsToSpend(spendable: Int64, amountDue: Int64, minorUnitsPerPoint: Int64) -> Int64 {
    guard minorUnitsPerPoint > 0 else { return 0 }
    return max(0, min(spendable, amountDue / 2 / minorUnitsPerPoint))
  }

  static func promotions(storeIDs: [String], anchor: DemoAnchor) -> [CampaignV1.Promotion] {
    let open = conditions(storeIDs: storeIDs, anchor: anchor)
    var membersOnce = open
    membersOnce.memberLimit = 1
    membersOnce.totalLimit = 60
    var overForty = open
    overForty.minimumAmount = TypeV1.Money(currencyCode: "USD", minorUnits: 4_000)
    return [
      CampaignV1.Promotion(
        name: "Fresh produce, 10 % off", products: CampaignV1.ProductSet(departments: ["PRODUCE"]),
        benefit: CampaignV1.Benefit(kind: .percentBasisPoints(1_000)), conditions: open, priority: 10),
      CampaignV1.Promotion(
        name: "Own brands, 15 % off, once a member, the first 60 baskets", products: CampaignV1.ProductSet(brands: ["Private"]),
        benefit: CampaignV1.Benefit(kind: .percentBasisPoints(1_500)), conditions: membersOnce, priority: 20),
      CampaignV1.Promotion(
        name: "2.00 off a basket of 40.00",
        benefit: CampaignV1.Benefit(kind: .amountOff(TypeV1.Money(currencyCode: "USD", minorUnits: 200))),
        conditions: overForty, priority: 30),
    ]
  }

  static func couponTemplate(storeIDs: [String], anchor: DemoAnchor) -> CampaignV1.CouponTemplate {
    var conditions = conditions(storeIDs: storeIDs, anchor: anchor)
    conditions.minimumAmount = TypeV1.Money(currencyCode: "USD", minorUnits: 500)
    return CampaignV1.CouponTemplate(
      name: "1.50 off, for you", benefit: CampaignV1.Benefit(kind: .amountOff(TypeV1.Money(currencyCode: "USD", minorUnits: 150))),
      conditions: conditions, priority: 40, usesPerCode: 1)
  }

  /// From the day before the anchor to a year after it, by the stores' calendar.
  private static func conditions(storeIDs: [String], anchor: DemoAnchor) -> CampaignV1.Conditions {
    CampaignV1.Conditions(
      storeIDs: storeIDs, startDate: date(anchor.dayEnd, addingDays: -1), endDate: date(anchor.dayEnd, addingDays: 365),
      timeZone: DemoStores.timeZone)
  }

  private static func date(_ instant: Date, addingDays days: Int) -> TypeV1.Date {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(identifier: DemoStores.timeZone)!
    let day = calendar.date(byAdding: .day, value: days, to: instant)!
    let parts = calendar.dateComponents([.year, .month, .day], from: day)
    return TypeV1.Date(year: Int32(parts.year!), month: Int32(parts.month!), day: Int32(parts.day!))
  }
}

/// What the published data does not say of its stores.
enum DemoStores {
  static let timeZone = "America/New_York"
  static let currencyCode = "USD"
}
