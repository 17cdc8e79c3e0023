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
      let freed = try RedemptionStore.lapsedDraws(of: request.memberID, at: now, snapshot).map(\.draw)
      let (shown, nextPageToken) = page.cut(rows, list: list) { lot in
        [.integer(lot.expiresAt.microsecondsSince1970), .integer(lot.earnedAt.microsecondsSince1970), .text(lot.lotID)]
      }
      // What a hold that ran out gave back to a lot past its end is gone.
      let living = shown.map { $0.freed(by: freed) }.filter { $0.held > 0 || $0.state(at: now) != .expired }
      return LoyaltyV1.ListLotsResponse(
        lots: living.map { LotMessages.message($0, of: request.memberID, at: now) }, nextPageToken: nextPageToken)
    }
  }

  // MARK: Earning

  func evaluateEarn(
    _ request: LoyaltyV1.EvaluateEarnRequest, context: ServerContext
  ) async throws -> LoyaltyV1.EvaluateEarnResponse {
    try context.caller.require(anyOf: .checkout)
    let now = environment.clock.now()
    var errors = FieldErrors()
    let lines = EarnDecision.Line.read(request.lines, "lines", atLeast: 1, &errors)
    let facts = EarnFacts.read(request.facts, "facts", at: now, &errors)
    errors.require(
      (0...LoyaltyLimits.maximumMinorUnits).contains(request.paidByPointsMinorUnits), "paid_by_points_minor_units", LoyaltyLimits.range)
    errors.require(optionalText: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(request.ruleVersion >= 0, "rule_version", "must be 0 (the one in force) or more")
    try errors.throwIfAny()
    // On the reader's thread from end to end: spreading over 2,000 lines is no work for an event loop.
    return try await environment.database.read(for: context) { snapshot in
      let question = EarnReader.Question(
        lines: lines, facts: facts, paidBesides: request.paidByPointsMinorUnits, memberID: request.memberID,
        currencyCode: request.currencyCode, ruleVersion: request.ruleVersion)
      return LoyaltyV1.EvaluateEarnResponse(try EarnReader.answer(to: question, at: now, snapshot))
    }
  }

  func awardAction(_ request: LoyaltyV1.AwardActionRequest, context: ServerContext) async throws -> LoyaltyV1.AwardActionResponse {
    try context.caller.require(anyOf: .loyaltyAward, .loyaltyWrite)
    var errors = FieldErrors()
    let bytes = LoyaltyLimits.maximumIdentifierBytes
    errors.require(text: request.memberID, "member_id", upTo: bytes)
    errors.require(text: request.actionID, "action_id", upTo: bytes)
    errors.require(optionalText: request.storeID, "store_id", upTo: bytes)
    let action = EarnAction(request.action)
    errors.require(action != nil, "action", "must be a known action")
    try errors.throwIfAny()
    guard let action else { preconditionFailure("an action that is none was refused") }
    let (now, ids) = (environment.clock.now(), MovementIDs(from: environment.ids.next("ent")))
    let origin = LedgerOrigin(clientID: context.caller.clientID, staffID: context.caller.staffID, storeID: request.storeID)
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.member) { transaction in
      var member = try MemberLedger.open(request.memberID, at: now, ids: ids, transaction)
      let (awarded, balance) = try member.award(action, request.actionID, origin: origin)
      return LoyaltyV1.AwardActionResponse(entryID: awarded.entryID, points: awarded.points, balance: LoyaltyV1.Balance(balance))
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
    Adjustment.checkPoints(request.points, request.reference, "", &errors)
    try errors.throwIfAny()
    let (now, ids) = (environment.clock.now(), MovementIDs(from: environment.ids.next("ent")))
    let origin = LedgerOrigin(clientID: context.caller.clientID, staffID: context.caller.staffID)
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.member) { transaction in
      var member = try MemberLedger.open(request.memberID, at: now, ids: ids, transaction)
      let done = try member.carryOut(
        .adjust(points: request.points, reference: request.reference), reason: request.reason, origin: origin,
        by: try .inForce(for: origin, transaction))
      return LoyaltyV1.AdjustPointsResponse(entryID: done.entryID, balance: LoyaltyV1.Balance(done.balance))
    }
  }

  // MARK: The programme

  func publishEarnRule(
    _ request: LoyaltyV1.PublishEarnRuleRequest, context: ServerContext
  ) async throws -> LoyaltyV1.PublishEarnRuleResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    let (rule, terms) = try EarnRule.read(request.rule ?? LoyaltyV1.EarnRule(), at: environment.clock.now())
    return try await environment.commands.run(request, context) { transaction in
      guard let published = try ProgramStore.publish(rule, terms, transaction) else { throw LoyaltyRefusal.currencyFixed }
      return LoyaltyV1.PublishEarnRuleResponse(rule: LoyaltyV1.EarnRule(published, terms))
    }
  }

  func simulateEarnRule(
    _ request: LoyaltyV1.SimulateEarnRuleRequest, context: ServerContext
  ) async throws -> LoyaltyV1.SimulateEarnRuleResponse {
    try context.caller.require(anyOf: .loyaltyWrite)
    let (draft, terms) = try EarnRule.read(request.rule ?? LoyaltyV1.EarnRule(), at: environment.clock.now())
    var errors = FieldErrors()
    for (name, time) in [("start_time", request.startTime), ("end_time", request.endTime)] {
      errors.require(time?.isValid ?? true, name, "must be within the years 1 to 9999")
    }
    try errors.throwIfAny()
    let current = try await environment.database.read(for: context) { snapshot in
      let rule = try ProgramStore.inForce(snapshot).rule
      return (rule: rule, clauses: try ProgramStore.clauses(of: rule, snapshot))
    }
    guard draft.currencyCode == current.rule.currencyCode else {
      throw LoyaltyRefusal.currencyMismatch(programme: current.rule.currencyCode)
    }
    let span = EarnHistory.Span(start: request.startTime?.date ?? .distantPast, end: request.endTime?.date ?? .distantFuture)
    let (simulation, ordersWithoutRecord, isTruncated) = try await EarnHistory.simulate(
      EarnSimulation(current: current, draft: (draft, terms.clauses)), over: span, in: environment.database,
      deadline: context.deadline?.instant)
    return LoyaltyV1.SimulateEarnRuleResponse(
      simulation, currentVersion: current.rule.version, ordersWithoutRecord: ordersWithoutRecord, isTruncated: isTruncated)
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
    let (program, terms) = try await environment.database.read(for: context) { snapshot in
      let program = try ProgramStore.inForce(snapshot)
      return (program, try ProgramStore.terms(of: program.rule, snapshot))
    }
    return LoyaltyV1.GetProgramResponse(
      earnRule: LoyaltyV1.EarnRule(program.rule, terms), tierScheme: LoyaltyV1.TierScheme(program.scheme))
  }

  private func requireMember(_ memberID: String) throws {
    var errors = FieldErrors()
    errors.require(text: memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    try errors.throwIfAny()
  }
}
