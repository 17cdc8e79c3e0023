import Database
import PatronAPI
import RPC

extension CampaignHandlers {
  /// One snapshot gives the rules in force and every count, and the evaluation runs on that reader's thread: a large basket
  /// costs no hop more than a small one and never occupies the event loop.
  func evaluate(_ request: CampaignV1.EvaluateRequest, context: ServerContext) async throws -> CampaignV1.EvaluateResponse {
    try context.requireEvaluating()
    let basket = try BasketReading.basket(request)
    let now = clock.now()
    let versions = versions
    return try await database.read(for: context) { snapshot in
      let reader = EvaluationReader(snapshot: snapshot, cache: versions, memberID: basket.memberID)
      let outcome = Evaluation.outcome(
        of: basket, at: now, promotions: try reader.promotions(at: now), coupons: try reader.coupons(request.couponCodes))
      return EvaluationWriting.response(outcome)
    }
  }
}
