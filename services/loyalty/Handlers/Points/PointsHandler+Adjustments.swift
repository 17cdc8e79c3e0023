internal import Database
internal import Foundation
internal import PatronAPI
internal import ProtobufC
internal import RPC
internal import ServiceKit

extension PointsHandler {
  func requestAdjustment(
    _ request: LoyaltyV1.RequestAdjustmentRequest, context: ServerContext
  ) async throws -> LoyaltyV1.RequestAdjustmentResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    let now = environment.clock.now()
    var errors = FieldErrors()
    errors.require(text: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(text: request.reason, "reason", upTo: LoyaltyLimits.maximumReasonBytes)
    let adjustment = Adjustment.read(request.adjustment, at: now, &errors)
    try errors.throwIfAny()
    let (adjustmentID, ids, origin) = (environment.ids.next("adj"), movementIDs(), origin(context))
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.member) { transaction in
      var member = try MemberLedger.open(request.memberID, at: now, ids: ids, transaction)
      let policy = try PointsPolicyStore.inForce(transaction).adjustments
      if case .adjust(let points, _) = adjustment { try policy.checkMaximum(abs(points)) }
      let asked = AdjustmentRequest(
        adjustmentID: adjustmentID, memberID: request.memberID, adjustment: adjustment, reason: request.reason, origin: origin,
        createdAt: now, lapsesAt: now.addingTimeInterval(TimeInterval(policy.requestHours * 3_600)))
      try AdjustmentRequestStore.insert(asked, transaction)
      try member.closeQuietly()
      return LoyaltyV1.RequestAdjustmentResponse(request: LoyaltyV1.AdjustmentRequest(asked, at: now))
    }
  }

  func approveAdjustment(
    _ request: LoyaltyV1.ApproveAdjustmentRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ApproveAdjustmentResponse {
    try await decide(request, request.adjustmentID, approving: true, request.reason, context) {
      LoyaltyV1.ApproveAdjustmentResponse(request: $0, balance: $1)
    }
  }

  func rejectAdjustment(
    _ request: LoyaltyV1.RejectAdjustmentRequest, context: ServerContext
  ) async throws -> LoyaltyV1.RejectAdjustmentResponse {
    try await decide(request, request.adjustmentID, approving: false, request.reason, context) { decided, _ in
      LoyaltyV1.RejectAdjustmentResponse(request: decided)
    }
  }

  private func decide<Request: RequestIdentified, Reply: ProtobufMessage>(
    _ request: Request, _ adjustmentID: String, approving: Bool, _ reason: String, _ context: ServerContext,
    reply: @escaping @Sendable (LoyaltyV1.AdjustmentRequest, LoyaltyV1.Balance) -> Reply
  ) async throws -> Reply {
    try context.caller.require(anyOf: .loyaltyWrite)
    var errors = FieldErrors()
    errors.require(text: adjustmentID, "adjustment_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    if approving {
      errors.require(optionalText: reason, "reason", upTo: LoyaltyLimits.maximumReasonBytes)
    } else {
      errors.require(text: reason, "reason", upTo: LoyaltyLimits.maximumReasonBytes)
    }
    try errors.throwIfAny()
    // Whose it is never changes, and says whose row is taken first.
    let known = try await environment.database.read(for: context) { try AdjustmentRequestStore.find(adjustmentID, $0) }
    guard let known else { throw PointsRefusal.requestUnknown }
    let (now, ids) = (environment.clock.now(), movementIDs())
    let decision = AdjustmentRequest.Decision(isApproval: approving, at: now, reason: reason, origin: origin(context))
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.member) { transaction in
      let (decided, balance) = try TwoPersons.decide(known, decision, ids: ids, transaction)
      return reply(LoyaltyV1.AdjustmentRequest(decided, at: now), LoyaltyV1.Balance(balance))
    }
  }

  func listAdjustmentRequests(
    _ request: LoyaltyV1.ListAdjustmentRequestsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ListAdjustmentRequestsResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    var errors = FieldErrors()
    errors.require(optionalText: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    try errors.throwIfAny()
    let list = "loyalty.adjustment-requests member=\(request.memberID) pending=\(request.pendingOnly)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let key = try page.after.map { (createdAt: try $0.integer(0), adjustmentID: try $0.text(1)) }
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      let rows = try AdjustmentRequestStore.list(
        of: request.memberID, before: key, pendingAt: request.pendingOnly ? now : nil, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { [.integer($0.createdAt.microsecondsSince1970), .text($0.adjustmentID)] }
      return LoyaltyV1.ListAdjustmentRequestsResponse(
        requests: shown.map { LoyaltyV1.AdjustmentRequest($0, at: now) }, nextPageToken: nextPageToken)
    }
  }

  func linkStaffMember(
    _ request: LoyaltyV1.LinkStaffMemberRequest, context: ServerContext
  ) async throws -> LoyaltyV1.LinkStaffMemberResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    var errors = FieldErrors()
    errors.require(text: request.staffID, "staff_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(optionalText: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(request.staffID != context.caller.staffID, "staff_id", "must be another person than the caller")
    try errors.throwIfAny()
    return try await environment.commands.run(request, context) { transaction in
      try StaffMemberStore.link(request.staffID, to: request.memberID, transaction)
      return LoyaltyV1.LinkStaffMemberResponse()
    }
  }
}
