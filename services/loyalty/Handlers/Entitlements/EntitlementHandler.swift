internal import Database
internal import Foundation
internal import PatronAPI
internal import ProtobufC
internal import RPC
internal import ServiceKit

/// `patron.loyalty.v1.EntitlementService`: decode, call, encode. Its extensions hold the methods by topic.
struct EntitlementHandler: LoyaltyV1.EntitlementService {
  let environment: ServiceEnvironment

  // MARK: Plans

  func publishEntitlementPlan(
    _ request: LoyaltyV1.PublishEntitlementPlanRequest, context: ServerContext
  ) async throws -> LoyaltyV1.PublishEntitlementPlanResponse {
    try context.caller.require(anyOf: .entitlementsWrite)
    let plan = try EntitlementPlan(publishing: request.plan ?? LoyaltyV1.EntitlementPlan(), at: environment.clock.now())
    return try await environment.commands.run(request, context) { transaction in
      LoyaltyV1.PublishEntitlementPlanResponse(plan: LoyaltyV1.EntitlementPlan(try EntitlementPlanStore.publish(plan, transaction)))
    }
  }

  func listEntitlementPlans(
    _ request: LoyaltyV1.ListEntitlementPlansRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ListEntitlementPlansResponse {
    try context.caller.require(anyOf: .entitlementsRead, .entitlementsSell, .entitlementsUse)
    let list = "loyalty.entitlement-plans"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let start = try page.after?.text(0) ?? ""
    return try await environment.database.read(for: context) { snapshot in
      let plans = try EntitlementPlanStore.list(after: start, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(plans, list: list) { [.text($0.code)] }
      return LoyaltyV1.ListEntitlementPlansResponse(plans: shown.map(LoyaltyV1.EntitlementPlan.init), nextPageToken: nextPageToken)
    }
  }

  // MARK: Looking

  func getEntitlement(
    _ request: LoyaltyV1.GetEntitlementRequest, context: ServerContext
  ) async throws -> LoyaltyV1.GetEntitlementResponse {
    try context.caller.require(anyOf: .entitlementsRead, .entitlementsSell, .entitlementsUse)
    var errors = FieldErrors()
    let entitlementID = StoredValueReading.identifier(request.entitlementID, "entitlement_id", &errors)
    try errors.throwIfAny()
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      LoyaltyV1.GetEntitlementResponse(entitlement: try EntitlementMessages.card(entitlementID, at: now, snapshot))
    }
  }

  func listEntitlements(
    _ request: LoyaltyV1.ListEntitlementsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ListEntitlementsResponse {
    try context.caller.require(anyOf: .entitlementsRead, .entitlementsSell, .entitlementsUse)
    var errors = FieldErrors()
    let memberID = StoredValueReading.identifier(request.memberID, "member_id", &errors)
    try errors.throwIfAny()
    let list = "loyalty.entitlements member=\(memberID)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let before = (createdAt: try page.after?.integer(0) ?? .max, entitlementID: try page.after?.text(1) ?? "")
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      let rows = try EntitlementStore.list(of: memberID, before: before, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { [.integer($0.createdAt), .text($0.entitlementID)] }
      return LoyaltyV1.ListEntitlementsResponse(
        entitlements: try shown.map { try EntitlementMessages.card($0.entitlementID, at: now, snapshot) }, nextPageToken: nextPageToken)
    }
  }

  func listEntitlementEntries(
    _ request: LoyaltyV1.ListEntitlementEntriesRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ListEntitlementEntriesResponse {
    try context.caller.require(anyOf: .entitlementsRead)
    var errors = FieldErrors()
    let entitlementID = StoredValueReading.identifier(request.entitlementID, "entitlement_id", &errors)
    try errors.throwIfAny()
    let list = "loyalty.entitlement-entries entitlement=\(entitlementID)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let below = try page.after?.integer(0) ?? .max
    return try await environment.database.read(for: context) { snapshot in
      let rows = try EntitlementEntryStore.statement(of: entitlementID, below: below, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { [.integer($0.number)] }
      return LoyaltyV1.ListEntitlementEntriesResponse(
        entries: shown.map { LoyaltyV1.EntitlementEntry($0.entry) }, nextPageToken: nextPageToken)
    }
  }

  // MARK: Parts

  func movementIDs() -> MovementIDs { MovementIDs(from: environment.ids.next("ent")) }

  func origin(_ context: ServerContext, storeID: String = "") -> LedgerOrigin {
    LedgerOrigin(clientID: context.caller.clientID, staffID: context.caller.staffID, storeID: storeID)
  }

  /// A command about one card, once under its request id.
  func change<Request: RequestIdentified, Reply: ProtobufMessage>(
    _ entitlementID: String, for request: Request, _ context: ServerContext,
    _ change: @escaping @Sendable (inout EntitlementLedger) throws -> Void,
    reply: @escaping @Sendable (LoyaltyV1.Entitlement, Transaction) throws -> Reply
  ) async throws -> Reply {
    let (now, ids, origin) = (environment.clock.now(), movementIDs(), origin(context))
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.entitlement) { transaction in
      var ledger = try EntitlementLedger.open(entitlementID, at: now, ids: ids, origin: origin, transaction)
      try change(&ledger)
      return try reply(try EntitlementMessages.card(entitlementID, at: now, transaction), transaction)
    }
  }
}
