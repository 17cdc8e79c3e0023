internal import Database

extension MemberLedger {
  /// Gives the points of something that the member did, by the rule in force, once under its id: a repeat finds what was given.
  mutating func award(
    _ action: EarnAction, _ actionID: String, origin: LedgerOrigin
  ) throws -> (awarded: AwardedActionStore.Awarded, balance: Balance) {
    if let awarded = try AwardedActionStore.find(action, actionID, transaction) {
      guard awarded.memberID == memberID else { throw LoyaltyRefusal.actionDiffers }
      return (awarded, try close())
    }
    let rule = program.rule
    let day = rule.calendar.dayNumber(of: instant)
    let points = try pointsDue(for: action, by: rule, on: day)
    let capDay = rule.caps.concernMember ? try reserveRoom(for: points, by: rule) : nil
    var origin = origin
    origin.ruleVersion = rule.version
    var earn = entry(.earn, subject: "action:\(action.rawValue):\(actionID)", id: ids.nextEntry(), origin: origin, reason: action.rawValue)
    let awarded = AwardedActionStore.Awarded(
      action: action, actionID: actionID, memberID: memberID, entryID: earn.entryID, ruleVersion: rule.version, points: points, day: day,
      capDay: capDay)
    // First of what is written under the action's id, which may be another member's: its key decides.
    try AwardedActionStore.insert(awarded, at: instant, transaction)
    var lot = newLot(
      .adjustment, orderID: "", points: points, ruleVersion: rule.version,
      activatesAt: rule.calendar.instant(instant, plusDays: rule.activateAfterDays), expiresAt: rule.expiry(of: instant))
    lot.action = action
    try LotStore.insert(lot, of: memberID, transaction)
    earn.move(points, from: .programmeIssued, to: .memberPoints, lot.lotID)
    try post(earn)
    try repayDebt(subject: earn.subject, origin: origin)
    try announceAward(awarded, lot, storeID: origin.storeID)
    return (awarded, try close())
  }

  /// As many as the rule says and the caps leave.
  private func pointsDue(for action: EarnAction, by rule: EarnRule, on day: Int64) throws -> Int64 {
    guard let actionRule = try ProgramStore.actionRule(action, version: rule.version, transaction) else {
      throw LoyaltyRefusal.actionNotRewarded
    }
    let count = try AwardedActionStore.count(action, of: memberID, on: day, transaction)
    guard actionRule.allowsAnother(after: count) else { throw LoyaltyRefusal.actionLimitReached }
    let points = min(actionRule.points, try EarnCapStore.room(of: memberID, by: rule, at: instant, transaction))
    guard points > 0 else { throw LoyaltyRefusal.earnCapReached(room: 0) }
    return points
  }
}
