import Database
import PatronAPI
import RPC
import ServiceKit

extension CampaignHandlers {
  func publishCouponTemplate(
    _ request: CampaignV1.PublishCouponTemplateRequest, context: ServerContext
  ) async throws -> CampaignV1.PublishCouponTemplateResponse {
    try context.requireWriting()
    let message = request.template ?? CampaignV1.CouponTemplate()
    let terms = try RuleReading.terms(of: message)
    let isNew = message.templateID.isEmpty
    let id = isNew ? ids.next("cpt") : message.templateID
    let now = clock.now()
    let publisher = context.publisher
    return try await commands.run(request, context, locking: CampaignLocks.order) { transaction in
      _ = try RuleStore.publish(terms, kind: .couponTemplate, id: id, isNew: isNew, by: publisher, at: now, in: transaction)
      return CampaignV1.PublishCouponTemplateResponse(template: try Self.template(id, in: transaction))
    }
  }

  func getCouponTemplate(
    _ request: CampaignV1.GetCouponTemplateRequest, context: ServerContext
  ) async throws -> CampaignV1.GetCouponTemplateResponse {
    try context.requireReading()
    return try await database.read(for: context) { snapshot in
      CampaignV1.GetCouponTemplateResponse(template: try Self.template(request.templateID, in: snapshot))
    }
  }

  private static func template(_ id: String, in source: some Queryable) throws -> CampaignV1.CouponTemplate {
    guard let published = try RuleStore.find(id, kind: .couponTemplate, in: source) else { throw CampaignRefusal.templateUnknown }
    return RuleWriting.template(published)
  }
}
