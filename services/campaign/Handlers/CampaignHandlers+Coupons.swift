import Database
import Foundation
import PatronAPI
import RPC
import ServiceKit

extension CampaignHandlers {
  func issueCoupons(
    _ request: CampaignV1.IssueCouponsRequest, context: ServerContext
  ) async throws -> CampaignV1.IssueCouponsResponse {
    try context.requireWriting()
    let owners = try Self.owners(request)
    let now = clock.now()
    let drafts = owners.map { owner in
      (id: ids.next("cpn"), code: CouponCode(randomBytes: random.bytes(CouponCode.randomCharacters)), owner: owner)
    }
    return try await commands.run(request, context) { transaction in
      guard let template = try RuleStore.find(request.templateID, kind: .couponTemplate, in: transaction) else {
        throw CampaignRefusal.templateUnknown
      }
      let coupons = drafts.map { draft in
        Coupon(
          id: draft.id, code: draft.code, templateID: template.rule.id, memberID: draft.owner,
          useLimit: template.rule.terms.usesPerCode, uses: .none, isVoid: false, createInstant: now)
      }
      for coupon in coupons {
        try CouponStore.insert(coupon, in: transaction)
        try transaction.append(CampaignEvents.issued(coupon, at: now))
      }
      return CampaignV1.IssueCouponsResponse(coupons: coupons.map(CouponWriting.message))
    }
  }

  /// The members who get a coupon each, or as many times nobody as open codes are wanted.
  private static func owners(_ request: CampaignV1.IssueCouponsRequest) throws -> [String?] {
    var errors = FieldErrors()
    errors.require(text: request.templateID, "template_id", upTo: CampaignLimits.idBytes)
    errors.require(
      request.memberIDs.count <= CampaignLimits.couponsPerIssue, "member_ids", "at most \(CampaignLimits.couponsPerIssue)")
    errors.require(
      (0...Int32(CampaignLimits.couponsPerIssue)).contains(request.count), "count", "must be 0 to \(CampaignLimits.couponsPerIssue)")
    errors.require(request.memberIDs.isEmpty != (request.count == 0), "count", "name members or a count, not both")
    try errors.throwIfAny()
    for (index, memberID) in request.memberIDs.enumerated() {
      errors.require(text: memberID, "member_ids[\(index)]", upTo: CampaignLimits.idBytes)
    }
    errors.require(Set(request.memberIDs).count == request.memberIDs.count, "member_ids", "each member once")
    try errors.throwIfAny()
    return request.memberIDs.isEmpty ? Array(repeating: nil, count: Int(request.count)) : request.memberIDs
  }

  func getCoupon(_ request: CampaignV1.GetCouponRequest, context: ServerContext) async throws -> CampaignV1.GetCouponResponse {
    try context.requireReadingCoupons()
    var errors = FieldErrors()
    errors.require(request.key != nil, "key", "must be coupon_id or code")
    try errors.throwIfAny()
    let coupon = try await database.read(for: context) { snapshot in
      switch request.key {
      case .couponID(let id): try CouponStore.find(id: id, in: snapshot)
      case .code(let typed): try CouponCode(typed: typed).flatMap { try CouponStore.find(code: $0, in: snapshot) }
      case nil: nil as Coupon?
      }
    }
    guard let coupon else { throw CampaignRefusal.couponUnknown }
    return CampaignV1.GetCouponResponse(coupon: CouponWriting.message(coupon))
  }

  /// A member's coupons, newest first.
  func listCoupons(
    _ request: CampaignV1.ListCouponsRequest, context: ServerContext
  ) async throws -> CampaignV1.ListCouponsResponse {
    try context.requireReadingCoupons()
    var errors = FieldErrors()
    errors.require(text: request.memberID, "member_id", upTo: CampaignLimits.idBytes)
    try errors.throwIfAny()
    let list = "campaign.coupons member=\(request.memberID)\(request.usableOnly ? " usable" : "")"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let before = try page.after?.onlyText()
    let now = clock.now()
    let rows = try await database.read(for: context) { snapshot in
      request.usableOnly
        ? try CouponStore.usable(ofMember: request.memberID, at: now, before: before ?? "", limit: page.size + 1, in: snapshot)
        : try CouponStore.list(ofMember: request.memberID, before: before, limit: page.size + 1, in: snapshot)
    }
    let (shown, nextPageToken) = page.cut(rows, list: list) { [.text($0.id)] }
    return CampaignV1.ListCouponsResponse(coupons: shown.map(CouponWriting.message), nextPageToken: nextPageToken)
  }

  func voidCoupon(
    _ request: CampaignV1.VoidCouponRequest, context: ServerContext
  ) async throws -> CampaignV1.VoidCouponResponse {
    try context.requireWriting()
    return try await commands.run(request, context, locking: CampaignLocks.order) { transaction in
      guard let coupon = try CouponStore.void(request.couponID, in: transaction) else { throw CampaignRefusal.couponUnknown }
      return CampaignV1.VoidCouponResponse(coupon: CouponWriting.message(coupon))
    }
  }
}
