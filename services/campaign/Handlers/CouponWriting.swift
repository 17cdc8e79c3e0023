import GoogleProto
import PatronAPI

/// From a coupon to the contract's message.
enum CouponWriting {
  static func message(_ coupon: Coupon) -> CampaignV1.Coupon {
    CampaignV1.Coupon(
      couponID: coupon.id, code: coupon.code.display, templateID: coupon.templateID, memberID: coupon.memberID ?? "",
      heldUses: coupon.uses.held, committedUses: coupon.uses.used, useLimit: coupon.useLimit, void: coupon.isVoid,
      createTime: GoogleProtobuf.Timestamp(coupon.createInstant))
  }
}
