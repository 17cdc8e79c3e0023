import Database
import Foundation
import PatronAPI

/// Campaign's facts for the event feed. An event's id follows from what it tells of, which happens once: so a retry of the
/// transaction appends the same event, and a consumer may drop what it has seen.
enum CampaignEvents {
  static func published(_ promotion: Rule, at time: Date) -> OutboxEvent {
    let payload = CampaignV1.PromotionPublished(
      promotionID: promotion.id, version: promotion.version, name: promotion.terms.name, stopped: false)
    return event(
      "promotion_published", of: "promotion", promotion.id, once: "\(promotion.id)/\(promotion.version)/published", time,
      payload.encoded())
  }

  static func stopped(_ promotion: Rule, at time: Date) -> OutboxEvent {
    let payload = CampaignV1.PromotionPublished(
      promotionID: promotion.id, version: promotion.version, name: promotion.terms.name, stopped: true)
    return event(
      "promotion_published", of: "promotion", promotion.id, once: "\(promotion.id)/\(promotion.version)/stopped", time,
      payload.encoded())
  }

  static func issued(_ coupon: Coupon, at time: Date) -> OutboxEvent {
    let payload = CampaignV1.CouponIssued(
      couponID: coupon.id, templateID: coupon.templateID, memberID: coupon.memberID ?? "")
    return event("coupon_issued", of: "coupon", coupon.id, once: "\(coupon.id)/issued", time, payload.encoded())
  }

  /// One for each coupon that the order uses.
  static func used(by hold: Hold, at time: Date) -> [OutboxEvent] {
    hold.terms.uses.compactMap { use in
      guard case .coupon(let couponID, let templateID) = use.source else { return nil }
      let payload = CampaignV1.CouponUsed(
        couponID: couponID, templateID: templateID, version: use.version, orderID: hold.orderID,
        memberID: hold.terms.memberID ?? "", storeID: hold.terms.storeID, currencyCode: hold.terms.currencyCode,
        amountMinorUnits: use.minorUnits)
      return event("coupon_used", of: "coupon", couponID, once: "\(couponID)/\(hold.orderID)/used", time, payload.encoded())
    }
  }

  /// One for each use that came back.
  static func reversed(_ hold: Hold, returnID: String, at time: Date) -> [OutboxEvent] {
    hold.terms.uses.map { use in
      var payload = CampaignV1.UseReversed(
        version: use.version, orderID: hold.orderID, returnID: returnID, memberID: hold.terms.memberID ?? "")
      let aggregate: (kind: String, id: String)
      switch use.source {
      case .promotion(let id):
        payload.source = .promotionID(id)
        aggregate = ("promotion", id)
      case .coupon(let id, let templateID):
        payload.source = .couponID(id)
        payload.templateID = templateID
        aggregate = ("coupon", id)
      }
      return event(
        "use_reversed", of: aggregate.kind, aggregate.id, once: "\(aggregate.id)/\(returnID)/reversed", time, payload.encoded())
    }
  }

  private static func event(
    _ fact: String, of aggregate: String, _ aggregateID: String, once id: String, _ time: Date, _ payload: [UInt8]
  ) -> OutboxEvent {
    OutboxEvent(
      id: "campaign/\(id)", type: "campaign.\(fact).v1", aggregateType: aggregate, aggregateID: aggregateID, time: time,
      payload: payload)
  }
}
