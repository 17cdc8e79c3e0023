import GoogleProto
import PatronAPI

/// A tier that is given by hand on the demo day: to the household that buys least, which would not reach it by itself.
enum DemoTierGrant {
  static let tierCode = "GOLD"
  private static let secondsOfAYear: Double = 365 * 86_400

  static func householdNumber(of day: GroceryDay) -> String {
    var bought: [String: Int64] = [:]
    for basket in day.baskets { bought[basket.householdNumber, default: 0] += basket.lines.reduce(0) { $0 + $1.list } }
    return bought.min { ($0.value, $0.key) < ($1.value, $1.key) }?.key ?? ""
  }

  static func request(to memberID: String, anchor: DemoAnchor) -> LoyaltyV1.GrantTierRequest {
    LoyaltyV1.GrantTierRequest(
      requestID: "demo-tier-grant", memberID: memberID, tierCode: tierCode, reason: "a year of gold to try",
      endTime: GoogleProtobuf.Timestamp(anchor.dayEnd.addingTimeInterval(secondsOfAYear)))
  }

  /// "GOLD by grant (a year of gold to try); 287.11 to DIAMOND".
  static func line(_ standing: LoyaltyV1.GetTierResponse) -> String {
    let grant = standing.grant.map { " by grant (\($0.reason))" } ?? ""
    let next = standing.nextTier.map { "; \(dollars($0.missingGrowthValue)) to \($0.tierCode)" } ?? ""
    return standing.tierCode + grant + next
  }
}
