import Database
import PatronAPI
import RPC
import ServiceKit

extension CampaignHandlers {
  private static let promotionList = "campaign.promotions"

  func publishPromotion(
    _ request: CampaignV1.PublishPromotionRequest, context: ServerContext
  ) async throws -> CampaignV1.PublishPromotionResponse {
    try context.requireWriting()
    let message = request.promotion ?? CampaignV1.Promotion()
    let terms = try RuleReading.terms(of: message)
    let isNew = message.promotionID.isEmpty
    let id = isNew ? ids.next("prm") : message.promotionID
    let now = clock.now()
    let publisher = context.publisher
    let openPromotionsAtMost = openPromotionsAtMost
    // The row of one that is open is written by every till, and is waited for. Another is opened by looking at all, which no row guards.
    let isOpen = try await database.read(for: context) { try RuleStore.isOpenPromotion(id, at: now, in: $0) }
    return try await commands.run(request, context, locking: isOpen ? CampaignLocks.order : nil) { transaction in
      if isOpen { try RuleStore.takeOpenPromotion(id, at: now, in: transaction) }
      guard try RuleStore.openPromotions(besides: id, at: now, in: transaction) < openPromotionsAtMost else {
        throw CampaignRefusal.tooManyOpenPromotions(limit: openPromotionsAtMost)
      }
      let rule = try RuleStore.publish(
        terms, kind: .promotion, id: id, isNew: isNew, by: publisher, at: now, in: transaction)
      try transaction.append(CampaignEvents.published(rule, at: now))
      return CampaignV1.PublishPromotionResponse(promotion: try Self.promotion(id, in: transaction))
    }
  }

  func stopPromotion(
    _ request: CampaignV1.StopPromotionRequest, context: ServerContext
  ) async throws -> CampaignV1.StopPromotionResponse {
    try context.requireWriting()
    let now = clock.now()
    return try await commands.run(request, context, locking: CampaignLocks.order) { transaction in
      guard let standing = try RuleStore.take(request.promotionID, kind: .promotion, in: transaction) else {
        throw CampaignRefusal.promotionUnknown
      }
      if try RuleStore.stop(request.promotionID, kind: .promotion, in: transaction) {
        try transaction.append(CampaignEvents.stopped(standing.rule, at: now))
      }
      return CampaignV1.StopPromotionResponse(promotion: try Self.promotion(request.promotionID, in: transaction))
    }
  }

  func getPromotion(
    _ request: CampaignV1.GetPromotionRequest, context: ServerContext
  ) async throws -> CampaignV1.GetPromotionResponse {
    try context.requireReading()
    return try await database.read(for: context) { snapshot in
      CampaignV1.GetPromotionResponse(promotion: try Self.promotion(request.promotionID, in: snapshot))
    }
  }

  func listPromotions(
    _ request: CampaignV1.ListPromotionsRequest, context: ServerContext
  ) async throws -> CampaignV1.ListPromotionsResponse {
    try context.requireReading()
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: Self.promotionList)
    let after = try page.after?.onlyText() ?? ""
    let rows = try await database.read(for: context) { snapshot in
      try RuleStore.list(.promotion, after: after, limit: page.size + 1, in: snapshot)
    }
    let (shown, nextPageToken) = page.cut(rows, list: Self.promotionList) { [.text($0.rule.id)] }
    return CampaignV1.ListPromotionsResponse(promotions: shown.map(RuleWriting.promotion), nextPageToken: nextPageToken)
  }

  private static func promotion(_ id: String, in source: some Queryable) throws -> CampaignV1.Promotion {
    guard let published = try RuleStore.find(id, kind: .promotion, in: source) else { throw CampaignRefusal.promotionUnknown }
    return RuleWriting.promotion(published)
  }
}
