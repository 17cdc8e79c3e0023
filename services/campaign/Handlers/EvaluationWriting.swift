import PatronAPI

/// From an evaluation's outcome to the contract's messages.
enum EvaluationWriting {
  static func response(_ outcome: Evaluation.Outcome) -> CampaignV1.EvaluateResponse {
    CampaignV1.EvaluateResponse(discounts: outcome.discounts.map(discount), rejectedCoupons: outcome.rejectedCoupons.map(rejection))
  }

  private static func discount(_ discount: Discount) -> CampaignV1.AppliedDiscount {
    let lines = discount.parts.map { CampaignV1.LineDiscount(lineNumber: $0.lineNumber, amountMinorUnits: $0.minorUnits) }
    var message = CampaignV1.AppliedDiscount(
      version: discount.version, name: discount.name, amountMinorUnits: discount.minorUnits, lines: lines)
    switch discount.source {
    case .promotion(let id):
      message.source = .promotionID(id)
    case .coupon(let id, let templateID):
      message.source = .couponID(id)
      message.templateID = templateID
    }
    return message
  }

  private static func rejection(_ rejected: RejectedCoupon) -> CampaignV1.RejectedCoupon {
    CampaignV1.RejectedCoupon(code: rejected.code, reason: rejected.cause.reason, message: rejected.cause.message)
  }
}
