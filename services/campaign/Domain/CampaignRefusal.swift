/// What this service refuses for a reason of its business. Each has one code and one reason on the wire (README, Reasons).
enum CampaignRefusal: Error, Sendable, Hashable {
  case promotionUnknown
  case templateUnknown
  case couponUnknown
  case tooManyOpenPromotions(limit: Int)
  case limitReached(ruleID: String, perMember: Bool)
  case memberRequired(ruleID: String)
  case couponUsed(couponID: String)
  case couponVoid(couponID: String)
  case couponOfOtherMember(couponID: String)
  /// The quote names a version that was never published here.
  case quoteStale(ruleID: String, version: Int64)
  case holdUnknown
  case holdCancelled
  case holdCommitted
  /// The order already holds something else.
  case holdDiffers
}

extension CampaignRefusal {
  static func unknown(_ kind: RuleKind) -> CampaignRefusal {
    switch kind {
    case .promotion: .promotionUnknown
    case .couponTemplate: .templateUnknown
    }
  }
}
