internal import Database
internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import RPC
internal import ServiceKit

/// `patron.loyalty.v1.PointsService`: decode, call, encode.
struct PointsHandler: LoyaltyV1.PointsService {
  let environment: ServiceEnvironment

  // MARK: The policy

  func publishPointsPolicy(
    _ request: LoyaltyV1.PublishPointsPolicyRequest, context: ServerContext
  ) async throws -> LoyaltyV1.PublishPointsPolicyResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    let policy = try PointsPolicy.read(request.policy, at: environment.clock.now())
    return try await environment.commands.run(request, context) { transaction in
      LoyaltyV1.PublishPointsPolicyResponse(policy: LoyaltyV1.PointsPolicy(try PointsPolicyStore.publish(policy, transaction)))
    }
  }

  func getPointsPolicy(
    _ request: LoyaltyV1.GetPointsPolicyRequest, context: ServerContext
  ) async throws -> LoyaltyV1.GetPointsPolicyResponse {
    try context.caller.require(anyOf: .loyaltyTransfer, .loyaltyWrite, .membersRead)
    let policy = try await environment.database.read(for: context) { try PointsPolicyStore.inForce($0) }
    return LoyaltyV1.GetPointsPolicyResponse(policy: LoyaltyV1.PointsPolicy(policy))
  }

  // MARK: Lots by hand

  func extendLots(_ request: LoyaltyV1.ExtendLotsRequest, context: ServerContext) async throws -> LoyaltyV1.ExtendLotsResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    let now = environment.clock.now()
    var errors = FieldErrors()
    errors.require(text: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(optionalText: request.lotID, "lot_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(text: request.reason, "reason", upTo: LoyaltyLimits.maximumReasonBytes)
    Adjustment.checkEnd(request.expireTime, "", at: now, &errors)
    try errors.throwIfAny()
    let end = request.expireTime?.date ?? now
    let (ids, origin) = (movementIDs(), origin(context))
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.member) { transaction in
      var member = try MemberLedger.open(request.memberID, at: now, ids: ids, transaction)
      let done = try member.carryOut(
        .extend(lotID: request.lotID.isEmpty ? nil : request.lotID, end: end), reason: request.reason, origin: origin,
        by: try .inForce(for: origin, transaction))
      return LoyaltyV1.ExtendLotsResponse(
        lots: done.lots.map { LotMessages.message($0, of: request.memberID, at: now) },
        points: done.lots.reduce(0) { $0 + $1.remaining + $1.held }, balance: LoyaltyV1.Balance(done.balance))
    }
  }

  func reinstatePoints(
    _ request: LoyaltyV1.ReinstatePointsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ReinstatePointsResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    let now = environment.clock.now()
    var errors = FieldErrors()
    errors.require(text: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(text: request.lotID, "lot_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(text: request.reason, "reason", upTo: LoyaltyLimits.maximumReasonBytes)
    errors.require(request.points >= 0, "points", "must be 0 (all) or more")
    Adjustment.checkEnd(request.expireTime, "", at: now, &errors)
    try errors.throwIfAny()
    let end = request.expireTime?.date ?? now
    let (ids, origin) = (movementIDs(), origin(context))
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.member) { transaction in
      var member = try MemberLedger.open(request.memberID, at: now, ids: ids, transaction)
      let done = try member.carryOut(
        .reinstate(lotID: request.lotID, points: request.points == 0 ? nil : request.points, end: end), reason: request.reason,
        origin: origin, by: try .inForce(for: origin, transaction))
      guard let lot = done.lots.first else { throw LedgerFault("a reinstatement made no lot") }
      return LoyaltyV1.ReinstatePointsResponse(
        entryID: done.entryID, lotID: lot.lotID, points: lot.points, balance: LoyaltyV1.Balance(done.balance))
    }
  }

  func listExpiredLots(
    _ request: LoyaltyV1.ListExpiredLotsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ListExpiredLotsResponse {
    try context.caller.require(anyOf: .membersRead)
    var errors = FieldErrors()
    errors.require(text: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    try errors.throwIfAny()
    let list = "loyalty.expired-lots member=\(request.memberID)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let key = try page.after.map { (expiresAt: try $0.integer(0), lotID: try $0.text(1)) }
    return try await environment.database.read(for: context) { snapshot in
      let rows = try LotStore.expired(of: request.memberID, before: key, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { [.integer($0.expiresAt.microsecondsSince1970), .text($0.lotID)] }
      return LoyaltyV1.ListExpiredLotsResponse(lots: shown.map(LoyaltyV1.ExpiredLot.init), nextPageToken: nextPageToken)
    }
  }

  // MARK: Parts

  func movementIDs() -> MovementIDs { MovementIDs(from: environment.ids.next("ent")) }

  func origin(_ context: ServerContext, storeID: String = "", transferID: String = "") -> LedgerOrigin {
    LedgerOrigin(
      clientID: context.caller.clientID, staffID: context.caller.staffID, storeID: storeID, transferID: transferID)
  }
}
