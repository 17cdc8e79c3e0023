internal import Database
internal import Foundation

// Boards of who earned most, for members who want to stand there.
extension MemberLedger {
  /// From the first instant of the year on, as returns have left its orders. Again, it changes the alias. The id that others see.
  mutating func joinLeaderboards(as alias: String, boardID: String) throws -> String {
    if let member = try LeaderboardStore.find(memberID, transaction) {
      try LeaderboardStore.set(alias: alias, of: memberID, transaction)
      return member.boardID
    }
    let calendar = try boardCalendar()
    let member = BoardMember(
      memberID: memberID, boardID: boardID, alias: alias, joinedAt: instant,
      countedFrom: BoardPeriod.year.span(at: instant, calendar).lowerBound)
    try LeaderboardStore.insert(member, transaction)
    for order in try LeaderboardStore.orders(of: memberID, since: member.countedFrom, transaction) {
      try LeaderboardStore.add(order, of: member, reachedAt: order.orderAt, calendar, transaction)
    }
    try setOnLeaderboards(true)
    return boardID
  }

  /// Nothing of the member is left there.
  mutating func leaveLeaderboards() throws {
    try LeaderboardStore.remove(memberID, transaction)
    try setOnLeaderboards(false)
  }

  /// What an order earned, or a return took back, in the order's own time. A member who is on no board costs no statement.
  func countOnLeaderboards(points: Int64, growthValue: Int64, of hold: OrderHold, orderAt: Date) throws {
    guard account.isOnLeaderboards, points != 0 || growthValue != 0 else { return }
    guard let member = try LeaderboardStore.find(memberID, transaction) else { throw LedgerFault("a member is on no board") }
    guard orderAt >= member.countedFrom else { return }
    try LeaderboardStore.add(
      BoardChange(orderAt: orderAt, storeID: hold.terms.storeID, points: points, growthValue: growthValue), of: member, reachedAt: instant,
      try boardCalendar(), transaction)
  }

  /// The programme's zone when the first member joined, for good: boards of two zones would overlap.
  private func boardCalendar() throws -> ProgramCalendar {
    guard let identifier = try LeaderboardStore.timeZone(transaction) else {
      try LeaderboardStore.setTimeZone(program.rule.timeZoneIdentifier, transaction)
      return program.rule.calendar
    }
    guard let calendar = ProgramCalendar(timeZoneIdentifier: identifier) else { throw LedgerFault("the boards' zone is unknown") }
    return calendar
  }
}
