internal import Database
internal import Foundation
internal import PatronAPI
internal import RPC
internal import ServiceKit

/// `patron.loyalty.v1.LoyaltyService`: decode, call, encode.
struct LoyaltyHandler: LoyaltyV1.LoyaltyService {
  let environment: ServiceEnvironment

  // MARK: Standing

  func getBalance(_ request: LoyaltyV1.GetBalanceRequest, context: ServerContext) async throws -> LoyaltyV1.GetBalanceResponse {
    try context.caller.require(anyOf: .membersRead, .identify, .checkout)
    try requireMember(request.memberID)
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      let balance = try BalanceReader.balance(of: request.memberID, at: now, snapshot)
      return LoyaltyV1.GetBalanceResponse(balance: LoyaltyV1.Balance(balance))
    }
  }

  func listEntries(_ request: LoyaltyV1.ListEntriesRequest, context: ServerContext) async throws -> LoyaltyV1.ListEntriesResponse {
    try context.caller.require(anyOf: .membersRead)
    try requireMember(request.memberID)
    let list = "loyalty.entries member=\(request.memberID)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let below = try page.after?.integer(0) ?? .max
    return try await environment.database.read(for: context) { snapshot in
      let rows = try LedgerStore.statement(of: request.memberID, below: below, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { [.integer($0.number)] }
      return LoyaltyV1.ListEntriesResponse(entries: shown.map(LoyaltyV1.Entry.init), nextPageToken: nextPageToken)
    }
  }

  func listLots(_ request: LoyaltyV1.ListLotsRequest, context: ServerContext) async throws -> LoyaltyV1.ListLotsResponse {
    try context.caller.require(anyOf: .membersRead)
    try requireMember(request.memberID)
    let list = "loyalty.lots member=\(request.memberID)"
    let page = try PageRequest(size: request.pageSize, token: request.pageToken, list: list)
    let key = try page.after.map { (expiresAt: try $0.integer(0), earnedAt: try $0.integer(1), lotID: try $0.text(2)) }
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      let rows = try LotStore.schedule(of: request.memberID, at: now, after: key, limit: page.size + 1, snapshot)
      let (shown, nextPageToken) = page.cut(rows, list: list) { lot in
        [.integer(lot.expiresAt.microsecondsSince1970), .integer(lot.earnedAt.microsecondsSince1970), .text(lot.lotID)]
      }
      return LoyaltyV1.ListLotsResponse(
        lots: shown.map { LotMessages.message($0, of: request.memberID, at: now) }, nextPageToken: nextPageToken)
    }
  }

  // MARK: Earning

  func evaluateEarn(
    _ request: LoyaltyV1.EvaluateEarnRequest, context: ServerContext
  ) async throws -> LoyaltyV1.EvaluateEarnResponse {
    try context.caller.require(anyOf: .checkout)
    var errors = FieldErrors()
    let lines = EarnDecision.Line.read(request.lines, "lines", atLeast: 1, &errors)
    errors.require(
      (0...LoyaltyLimits.maximumMinorUnits).contains(request.paidByPointsMinorUnits), "paid_by_points_minor_units", LoyaltyLimits.range)
    errors.require(optionalText: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    try errors.throwIfAny()
    let now = environment.clock.now()
    // On the reader's thread from end to end: spreading over 2,000 lines is no work for an event loop.
    return try await environment.database.read(for: context) { snapshot in
      let rule = try ProgramStore.inForce(snapshot).rule
      guard rule.currencyCode == request.currencyCode else { throw LoyaltyRefusal.currencyMismatch(programme: rule.currencyCode) }
      let balance = request.memberID.isEmpty ? nil : try BalanceReader.balance(of: request.memberID, at: now, snapshot)
      let decision = EarnDecision.evaluate(lines: lines, paidBesides: request.paidByPointsMinorUnits, rule: rule)
      return LoyaltyV1.EvaluateEarnResponse(
        decision: LoyaltyV1.EarnDecision(decision), minorUnitsPerPoint: rule.minorUnitsPerPoint,
        balance: balance.map(LoyaltyV1.Balance.init))
    }
  }

  // MARK: By hand

  func adjustPoints(
    _ request: LoyaltyV1.AdjustPointsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.AdjustPointsResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    var errors = FieldErrors()
    errors.require(text: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(text: request.reason, "reason", upTo: LoyaltyLimits.maximumReasonBytes)
    let most = LoyaltyLimits.maximumAdjustmentPoints
    errors.require(request.points != 0 && (-most...most).contains(request.points), "points", "must not be 0, and at most \(most)")
    try errors.throwIfAny()
    let (now, ids) = (environment.clock.now(), MovementIDs(from: environment.ids.next("ent")))
    let origin = LedgerOrigin(clientID: context.caller.clientID, staffID: context.caller.staffID)
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.member) { transaction in
      var member = try MemberLedger.open(request.memberID, at: now, ids: ids, transaction)
      let (entryID, balance) = try member.adjust(request.points, reason: request.reason, origin: origin)
      return LoyaltyV1.AdjustPointsResponse(entryID: entryID, balance: LoyaltyV1.Balance(balance))
    }
  }

  // MARK: The programme

  func publishEarnRule(
    _ request: LoyaltyV1.PublishEarnRuleRequest, context: ServerContext
  ) async throws -> LoyaltyV1.PublishEarnRuleResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    let rule = try EarnRule(publishing: request.rule ?? LoyaltyV1.EarnRule(), at: environment.clock.now())
    return try await environment.commands.run(request, context) { transaction in
      guard let published = try ProgramStore.publish(rule, transaction) else { throw LoyaltyRefusal.currencyFixed }
      return LoyaltyV1.PublishEarnRuleResponse(rule: LoyaltyV1.EarnRule(published))
    }
  }

  func publishTierScheme(
    _ request: LoyaltyV1.PublishTierSchemeRequest, context: ServerContext
  ) async throws -> LoyaltyV1.PublishTierSchemeResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    let scheme = try TierScheme(publishing: request.scheme ?? LoyaltyV1.TierScheme(), at: environment.clock.now())
    return try await environment.commands.run(request, context) { transaction in
      LoyaltyV1.PublishTierSchemeResponse(scheme: LoyaltyV1.TierScheme(try TierSchemeStore.publish(scheme, transaction)))
    }
  }

  func getProgram(_ request: LoyaltyV1.GetProgramRequest, context: ServerContext) async throws -> LoyaltyV1.GetProgramResponse {
    try context.caller.require(anyOf: .read, .identify, .checkout)
    let program = try await environment.database.read(for: context) { snapshot in try ProgramStore.inForce(snapshot)
    }
    return LoyaltyV1.GetProgramResponse(
      earnRule: LoyaltyV1.EarnRule(program.rule), tierScheme: LoyaltyV1.TierScheme(program.scheme))
  }

  private func requireMember(_ memberID: String) throws {
    var errors = FieldErrors()
    errors.require(text: memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    try errors.throwIfAny()
  }
}
