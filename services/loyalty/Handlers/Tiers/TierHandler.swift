internal import Database
internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import RPC
internal import ServiceKit

/// `patron.loyalty.v1.TierService`: decode, call, encode.
struct TierHandler: LoyaltyV1.TierService {
  let environment: ServiceEnvironment

  /// Since when and until when a tier holds is asked of every day on which it can change: more than an event loop has time for, and done on
  /// the reader's thread.
  func getTier(_ request: LoyaltyV1.GetTierRequest, context: ServerContext) async throws -> LoyaltyV1.GetTierResponse {
    try context.caller.require(anyOf: .membersRead, .identify, .checkout)
    try requireMember(request.memberID)
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      let account = try MemberAccountStore.find(request.memberID, snapshot)
      let program = try ProgramStore.inForce(snapshot)
      let tiers = try TierReader.history(of: account ?? .empty(request.memberID), at: now, by: program, snapshot)
      return LoyaltyV1.GetTierResponse(tiers, of: request.memberID, at: now, isKnown: account != nil || !tiers.facts.all.isEmpty)
    }
  }

  func grantTier(_ request: LoyaltyV1.GrantTierRequest, context: ServerContext) async throws -> LoyaltyV1.GrantTierResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    let now = environment.clock.now()
    var errors = FieldErrors()
    errors.require(text: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(text: request.tierCode, "tier_code", upTo: LoyaltyLimits.maximumTierCodeBytes)
    errors.require(text: request.reason, "reason", upTo: LoyaltyLimits.maximumReasonBytes)
    let end = request.endTime?.date
    errors.require(request.endTime == nil || (end ?? now) > now, "end_time", "must be an instant to come")
    try errors.throwIfAny()
    let grant = TierGrant(
      grantID: environment.ids.next("tgr"), memberID: request.memberID, tierCode: request.tierCode, reason: request.reason,
      origin: LedgerOrigin(clientID: context.caller.clientID, staffID: context.caller.staffID), grantedAt: now, endsAt: end,
      revocation: nil)
    let ids = MovementIDs(from: environment.ids.next("ent"))
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.member) { transaction in
      var member = try MemberLedger.open(request.memberID, at: now, ids: ids, transaction)
      let balance = try member.grant(grant)
      return LoyaltyV1.GrantTierResponse(grant: LoyaltyV1.TierGrant(grant), balance: LoyaltyV1.Balance(balance))
    }
  }

  func revokeTierGrant(
    _ request: LoyaltyV1.RevokeTierGrantRequest, context: ServerContext
  ) async throws -> LoyaltyV1.RevokeTierGrantResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    var errors = FieldErrors()
    errors.require(text: request.grantID, "grant_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(text: request.reason, "reason", upTo: LoyaltyLimits.maximumReasonBytes)
    try errors.throwIfAny()
    // Whose it is never changes, and says whose row is taken first.
    let known = try await environment.database.read(for: context) { try TierGrantStore.find(request.grantID, $0) }
    guard let memberID = known?.memberID else { throw TierRefusal.grantUnknown }
    let (now, ids) = (environment.clock.now(), MovementIDs(from: environment.ids.next("ent")))
    let revocation = TierGrant.Revocation(
      at: now, reason: request.reason, origin: LedgerOrigin(clientID: context.caller.clientID, staffID: context.caller.staffID))
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.member) { transaction in
      var member = try MemberLedger.open(memberID, at: now, ids: ids, transaction)
      let (grant, balance) = try member.revoke(request.grantID, revocation)
      return LoyaltyV1.RevokeTierGrantResponse(grant: LoyaltyV1.TierGrant(grant), balance: LoyaltyV1.Balance(balance))
    }
  }

  func listTierGrants(
    _ request: LoyaltyV1.ListTierGrantsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ListTierGrantsResponse {
    try context.caller.require(anyOf: .membersRead)
    try requireMember(request.memberID)
    let list = "loyalty.tier-grants member=\(request.memberID)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let key = try page.after.map { (grantedAt: try $0.integer(0), grantID: try $0.text(1)) }
    return try await environment.database.read(for: context) { snapshot in
      let rows = try TierGrantStore.list(of: request.memberID, before: key, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { grant in
        [.integer(grant.grantedAt.microsecondsSince1970), .text(grant.grantID)]
      }
      return LoyaltyV1.ListTierGrantsResponse(grants: shown.map(LoyaltyV1.TierGrant.init), nextPageToken: nextPageToken)
    }
  }

  func simulateTierScheme(
    _ request: LoyaltyV1.SimulateTierSchemeRequest, context: ServerContext
  ) async throws -> LoyaltyV1.SimulateTierSchemeResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    let now = environment.clock.now()
    var errors = FieldErrors()
    errors.require(
      (0...TierSimulation.maximumSamples).contains(Int(request.samples)), "samples", "must be 0 to \(TierSimulation.maximumSamples)")
    let draft = TierScheme.read(request.draft ?? LoyaltyV1.TierScheme(), "draft", at: now, &errors)
    try errors.throwIfAny()
    let simulator = TierSimulator(
      database: environment.database, draft: draft, samples: Int(request.samples), instant: now)
    return LoyaltyV1.SimulateTierSchemeResponse(try await simulator.run(deadline: context.deadline?.instant), at: now)
  }

  private func requireMember(_ memberID: String) throws {
    var errors = FieldErrors()
    errors.require(text: memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    try errors.throwIfAny()
  }
}
