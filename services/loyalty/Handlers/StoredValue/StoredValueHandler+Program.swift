internal import Database
internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import RPC
internal import ServiceKit

// Policies, bonus schemes, reports.
extension StoredValueHandler {
  func publishStoredValuePolicy(
    _ request: LoyaltyV1.PublishStoredValuePolicyRequest, context: ServerContext
  ) async throws -> LoyaltyV1.PublishStoredValuePolicyResponse {
    try context.caller.require(anyOf: .storedValueWrite)
    let policy = try ValuePolicy(publishing: request.policy ?? LoyaltyV1.StoredValuePolicy(), at: environment.clock.now())
    return try await environment.commands.run(request, context) { transaction in
      guard let published = try ValueProgramStore.publish(policy, transaction) else {
        throw StoredValueRefusal.currencyFixed(try ValueProgramStore.policyInForce(in: policy.jurisdiction, transaction).currencyCode)
      }
      return LoyaltyV1.PublishStoredValuePolicyResponse(policy: LoyaltyV1.StoredValuePolicy(published))
    }
  }

  func publishBonusScheme(
    _ request: LoyaltyV1.PublishBonusSchemeRequest, context: ServerContext
  ) async throws -> LoyaltyV1.PublishBonusSchemeResponse {
    try context.caller.require(anyOf: .storedValueWrite)
    let scheme = try BonusScheme(publishing: request.scheme ?? LoyaltyV1.BonusScheme(), at: environment.clock.now())
    return try await environment.commands.run(request, context) { transaction in
      // A scheme belongs to a jurisdiction that has a policy.
      _ = try ValueProgramStore.policyInForce(in: scheme.jurisdiction, transaction)
      return LoyaltyV1.PublishBonusSchemeResponse(scheme: LoyaltyV1.BonusScheme(try ValueProgramStore.publish(scheme, transaction)))
    }
  }

  func getStoredValueProgram(
    _ request: LoyaltyV1.GetStoredValueProgramRequest, context: ServerContext
  ) async throws -> LoyaltyV1.GetStoredValueProgramResponse {
    try context.caller.require(anyOf: .storedValueRead, .storedValueLoad)
    return try await environment.database.read(for: context) { snapshot in
      let policy = try ValueProgramStore.policyInForce(in: request.jurisdiction, snapshot)
      return LoyaltyV1.GetStoredValueProgramResponse(
        policy: LoyaltyV1.StoredValuePolicy(policy),
        bonusScheme: LoyaltyV1.BonusScheme(try ValueProgramStore.schemeInForce(in: policy.jurisdiction, snapshot)))
    }
  }

  // MARK: Reports, folded from the ledger however long it is

  func reportSettlement(
    _ request: LoyaltyV1.ReportSettlementRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ReportSettlementResponse {
    try context.caller.require(anyOf: .storedValueRead)
    var errors = FieldErrors()
    errors.require(CurrencyExponent.isWellFormed(request.currencyCode), "currency_code", "must be three upper-case letters of ISO 4217")
    let (start, end) = (request.startTime?.date ?? .distantPast, request.endTime?.date ?? .distantPast)
    errors.require(request.startTime?.isValid == true, "start_time", "must be set")
    errors.require(request.endTime?.isValid == true && end > start, "end_time", "must be after start_time")
    try errors.throwIfAny()
    let list = "loyalty.settlement \(request.currencyCode) \(start.timeIntervalSince1970) \(end.timeIntervalSince1970)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let after = try page.after.map { (selling: try $0.text(0), redeeming: try $0.text(1)) }
    let lines = try await environment.database.maintenanceRead(deadline: context.deadline?.instant) { snapshot in
      try ValueReports.settlement(
        of: request.currencyCode, from: start, to: end, after: after, limit: page.size + 1, snapshot)
    }
    let (shown, nextPageToken) = page.cut(lines, list: list) { [.text($0.sellingStoreID), .text($0.redeemingStoreID)] }
    return LoyaltyV1.ReportSettlementResponse(
      lines: shown.map { line in
        LoyaltyV1.SettlementLine(
          sellingStoreID: line.sellingStoreID, redeemingStoreID: line.redeemingStoreID, principal: line.parts.principal,
          bonus: line.parts.bonus)
      }, nextPageToken: nextPageToken)
  }

  func reportLiability(
    _ request: LoyaltyV1.ReportLiabilityRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ReportLiabilityResponse {
    try context.caller.require(anyOf: .storedValueRead)
    var errors = FieldErrors()
    errors.require(CurrencyExponent.isWellFormed(request.currencyCode), "currency_code", "must be three upper-case letters of ISO 4217")
    try errors.throwIfAny()
    let list = "loyalty.liability \(request.currencyCode)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let (now, after) = (environment.clock.now(), try page.after?.text(0))
    let lines = try await environment.database.maintenanceRead(deadline: context.deadline?.instant) { snapshot in
      try ValueReports.liability(of: request.currencyCode, at: now, after: after, limit: page.size + 1, snapshot)
    }
    let (shown, nextPageToken) = page.cut(lines, list: list) { [.text($0.sellingStoreID)] }
    return LoyaltyV1.ReportLiabilityResponse(
      lines: shown.map { line in
        LoyaltyV1.LiabilityLine(
          sellingStoreID: line.sellingStoreID, principal: line.outstanding.principal, bonus: line.outstanding.bonus, held: line.held,
          frozen: line.frozen, expiredPrincipal: line.expired.principal, expiredBonus: line.expired.bonus)
      }, nextPageToken: nextPageToken, asOfTime: GoogleProtobuf.Timestamp(now))
  }
}
