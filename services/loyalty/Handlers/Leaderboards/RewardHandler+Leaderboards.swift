internal import Database
internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import RPC
internal import ServiceKit

// Boards of who earned most.
extension RewardHandler {
  func joinLeaderboards(
    _ request: LoyaltyV1.JoinLeaderboardsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.JoinLeaderboardsResponse {
    try context.caller.require(anyOf: .rewardsRedeem)
    var errors = FieldErrors()
    let memberID = StoredValueReading.identifier(request.memberID, "member_id", &errors)
    let most = BoardLimits.maximumAliasCharacters
    errors.require(text: request.alias, "alias", upTo: 4 * most)
    errors.require(
      request.alias.count <= most && !request.alias.contains(where: \.isNewline), "alias", "must be at most \(most) characters on one line")
    try errors.throwIfAny()
    let (now, ids, boardID) = (environment.clock.now(), movementIDs(), environment.ids.next("lbm"))
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.leaderboard) { transaction in
      var member = try MemberLedger.open(memberID, at: now, ids: ids, transaction)
      let made = try member.joinLeaderboards(as: request.alias, boardID: boardID)
      try member.closeQuietly()
      return LoyaltyV1.JoinLeaderboardsResponse(boardID: made)
    }
  }

  func leaveLeaderboards(
    _ request: LoyaltyV1.LeaveLeaderboardsRequest, context: ServerContext
  ) async throws -> LoyaltyV1.LeaveLeaderboardsResponse {
    try context.caller.require(anyOf: .rewardsRedeem)
    var errors = FieldErrors()
    let memberID = StoredValueReading.identifier(request.memberID, "member_id", &errors)
    try errors.throwIfAny()
    let (now, ids) = (environment.clock.now(), movementIDs())
    return try await environment.commands.run(request, context, locking: LoyaltyLocks.leaderboard) { transaction in
      var member = try MemberLedger.open(memberID, at: now, ids: ids, transaction)
      try member.leaveLeaderboards()
      try member.closeQuietly()
      return LoyaltyV1.LeaveLeaderboardsResponse()
    }
  }

  func getLeaderboard(
    _ request: LoyaltyV1.GetLeaderboardRequest, context: ServerContext
  ) async throws -> LoyaltyV1.GetLeaderboardResponse {
    try context.caller.require(anyOf: .rewardsRead, .rewardsRedeem)
    var errors = FieldErrors()
    let (period, measure) = (BoardPeriod(request.period), BoardMeasure(request.measure))
    errors.require(period != nil, "period", "must be a known period")
    errors.require(measure != nil, "measure", "must be a known measure")
    errors.require(request.atTime?.isValid ?? true, "at_time", "must be within the years 1 to 9999")
    errors.require(optionalText: request.storeID, "store_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(optionalText: request.memberID, "member_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require((0...BoardLimits.maximumTop).contains(Int(request.top)), "top", "must be 0 (10) to \(BoardLimits.maximumTop)")
    try errors.throwIfAny()
    guard let period, let measure else { preconditionFailure("a period or measure that is none was refused") }
    let instant = request.atTime?.date ?? environment.clock.now()
    let limit = request.top == 0 ? BoardLimits.usualTop : Int(request.top)
    return try await environment.database.read(for: context) { snapshot in
      let zone = try LeaderboardStore.timeZone(snapshot) ?? ProgramStore.inForce(snapshot).rule.timeZoneIdentifier
      guard let calendar = ProgramCalendar(timeZoneIdentifier: zone) else { throw LedgerFault("the boards' zone is unknown") }
      let span = period.span(at: instant, calendar)
      let rows = try LeaderboardStore.top(
        period, from: span.lowerBound, storeID: request.storeID, by: measure, limit: limit, snapshot)
      let own = try LeaderboardStore.find(request.memberID, snapshot).flatMap { member in
        try LeaderboardStore.row(of: member, period, from: span.lowerBound, storeID: request.storeID, by: measure, snapshot)
      }
      return LoyaltyV1.GetLeaderboardResponse(
        rows: rows.map(LoyaltyV1.LeaderboardRow.init), own: own.map(LoyaltyV1.LeaderboardRow.init),
        startTime: GoogleProtobuf.Timestamp(span.lowerBound), endTime: GoogleProtobuf.Timestamp(span.upperBound))
    }
  }
}

extension LoyaltyV1.LeaderboardRow {
  fileprivate init(_ row: BoardRow) {
    self.init(
      rank: row.rank, alias: row.alias, value: row.value, boardID: row.boardID, reachTime: GoogleProtobuf.Timestamp(row.reachedAt))
  }
}

extension BoardPeriod {
  fileprivate init?(_ message: LoyaltyV1.LeaderboardPeriod) {
    switch message {
    case .week: self = .week
    case .month: self = .month
    case .quarter: self = .quarter
    case .year: self = .year
    default: return nil
    }
  }
}

extension BoardMeasure {
  fileprivate init?(_ message: LoyaltyV1.LeaderboardMeasure) {
    switch message {
    case .points: self = .points
    case .growthValue: self = .growthValue
    default: return nil
    }
  }
}
