import RPC
import ServiceKit

/// How a refusal meets the wire. The README's table of reasons is this list.
extension CampaignRefusal: RPCErrorConvertible {
  var rpcError: RPCError { refusal.rpcError(from: CampaignApp.name) }

  private var refusal: Refusal {
    switch self {
    case .promotionUnknown:
      Refusal(.notFound, "PROMOTION_UNKNOWN", "no promotion has this id")
    case .templateUnknown:
      Refusal(.notFound, "TEMPLATE_UNKNOWN", "no coupon template has this id")
    case .couponUnknown:
      Refusal(.notFound, "COUPON_UNKNOWN", "there is no such coupon")
    case .tooManyOpenPromotions(let limit):
      Refusal(
        .resourceExhausted, "TOO_MANY_PROMOTIONS", "\(limit) promotions are published and not over; stop one first",
        metadata: ["limit": String(limit)])
    case .limitReached(let ruleID, let perMember):
      Refusal(
        .resourceExhausted, "LIMIT_REACHED",
        perMember ? "the member has used this as often as it allows" : "this has been used as often as it allows",
        metadata: ["rule_id": ruleID, "scope": perMember ? "member" : "total"])
    case .memberRequired(let ruleID):
      Refusal(.failedPrecondition, "MEMBER_REQUIRED", "this is for members", metadata: ["rule_id": ruleID])
    case .couponUsed(let couponID):
      Refusal(
        .failedPrecondition, "COUPON_USED", "the coupon was used before, or another checkout is using it",
        metadata: ["coupon_id": couponID])
    case .couponVoid(let couponID):
      Refusal(.failedPrecondition, "COUPON_VOID", "the coupon was withdrawn", metadata: ["coupon_id": couponID])
    case .couponOfOtherMember(let couponID):
      Refusal(
        .failedPrecondition, "COUPON_OTHER_MEMBER", "the coupon belongs to another member", metadata: ["coupon_id": couponID])
    case .quoteStale(let ruleID, let version):
      Refusal(
        .failedPrecondition, "QUOTE_STALE", "the quote names a version that was never published here; quote again",
        metadata: ["rule_id": ruleID, "version": String(version)])
    case .holdUnknown:
      Refusal(.failedPrecondition, "HOLD_UNKNOWN", "this order holds nothing here")
    case .holdCancelled:
      Refusal(.failedPrecondition, "HOLD_CANCELLED", "the order was cancelled")
    case .holdCommitted:
      Refusal(.failedPrecondition, "HOLD_COMMITTED", "the order was committed, and stays so")
    case .holdDiffers:
      Refusal(.failedPrecondition, "HOLD_DIFFERS", "the order holds something else already")
    }
  }
}
