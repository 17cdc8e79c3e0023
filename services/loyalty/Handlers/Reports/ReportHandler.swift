internal import Database
internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import RPC
internal import ServiceKit

/// `patron.loyalty.v1.ReportService`: decode, call, encode.
struct ReportHandler: LoyaltyV1.ReportService {
  let environment: ServiceEnvironment

  func reportPoints(_ request: LoyaltyV1.ReportPointsRequest, context: ServerContext) async throws -> LoyaltyV1.ReportPointsResponse {
    try context.caller.require(anyOf: .loyaltyRead)
    var errors = FieldErrors()
    let (start, end) = (request.startTime?.date ?? .distantPast, request.endTime?.date ?? .distantPast)
    errors.require(request.startTime?.isValid == true, "start_time", "must be set")
    errors.require(request.endTime?.isValid == true && end > start, "end_time", "must be after start_time")
    let period = ReportSpan.Period(request.period)
    errors.require(period != nil, "period", "must be a known period")
    let dimension = PointsReport.Dimension(request.dimension)
    errors.require(dimension != nil, "dimension", "must be a known dimension")
    try errors.throwIfAny()
    guard let period, let dimension else { preconditionFailure("what is unknown was refused") }
    let now = environment.clock.now()
    let program = try await environment.database.read(for: context) { try ProgramStore.inForce($0) }
    guard let span = ReportSpan(from: start, to: end, by: period, in: program.rule.calendar) else { throw ReportRefusal.tooLarge }
    let reporter = PointsReporter(database: environment.database, program: program, instant: now)
    let report = try await reporter.run(
      PointsReport(over: span, by: dimension, byIssue: request.byIssue), deadline: context.deadline?.instant)
    return LoyaltyV1.ReportPointsResponse(
      lines: report.lines.map { LoyaltyV1.ReportLine($0, minorUnitsPerPoint: program.rule.minorUnitsPerPoint) },
      currencyCode: program.rule.currencyCode, minorUnitsPerPoint: program.rule.minorUnitsPerPoint, asOfTime: GoogleProtobuf.Timestamp(now))
  }

  func explainBalance(
    _ request: LoyaltyV1.ExplainBalanceRequest, context: ServerContext
  ) async throws -> LoyaltyV1.ExplainBalanceResponse {
    try context.caller.require(anyOf: .membersRead)
    var errors = FieldErrors()
    errors.require(text: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    try errors.throwIfAny()
    let now = environment.clock.now()
    return try await environment.database.read(for: context) { snapshot in
      let balance = try BalanceReader.balance(of: request.memberID, at: now, snapshot)
      let sums = try LedgerStore.sums(of: request.memberID, snapshot)
      let lapsed = try MemberAccountStore.unspendable(request.memberID, at: now, snapshot).lapsed
      return LoyaltyV1.ExplainBalanceResponse(
        balance: LoyaltyV1.Balance(balance),
        parts: sums.map { LoyaltyV1.BalancePart(kind: LoyaltyV1.EntryKind($0.kind), entries: $0.entries, points: $0.points) },
        lapsedPoints: lapsed)
    }
  }

  func explainEntry(_ request: LoyaltyV1.ExplainEntryRequest, context: ServerContext) async throws -> LoyaltyV1.ExplainEntryResponse {
    try context.caller.require(anyOf: .membersRead)
    var errors = FieldErrors()
    errors.require(text: request.entryID, "entry_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    try errors.throwIfAny()
    let now = environment.clock.now()
    // On the reader's thread from end to end: deciding 2,000 lines again is no work for an event loop.
    return try await environment.database.read(for: context) { snapshot in
      LoyaltyV1.ExplainEntryResponse(try EntryReader.explain(request.entryID, snapshot), at: now)
    }
  }
}
