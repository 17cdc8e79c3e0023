internal import Database

extension MemberLedger {
  /// Posts what the order was promised: the spend out of the lots that the hold drew, the earned points as a new lot, the growth
  /// value, the repayment of a debt, the tier.
  mutating func commit(_ hold: OrderHold) throws -> (balance: Balance, previousTierCode: String) {
    let before = try tier(without: hold)
    let origin = hold.origin
    try postSpend(of: hold, origin: origin)
    try postEarn(of: hold, origin: origin)
    try countOnLeaderboards(points: hold.terms.earnPoints, growthValue: hold.terms.growthValue, of: hold, orderAt: instant)
    try prolongLots()
    try repayDebt(subject: hold.orderID, origin: origin)
    let balance = try close()
    let rose = balance.tier.position > before.position
    if rose { try OrderHoldStore.setPreviousTier(before.tier.code, of: hold.orderID, transaction) }
    return (balance, rose ? before.tier.code : "")
  }

  private mutating func postSpend(of hold: OrderHold, origin: LedgerOrigin) throws {
    let points = hold.terms.spendPoints
    guard points > 0 else { return }
    var spend = entry(.spend, subject: hold.orderID, id: ids.nextEntry(), origin: origin)
    try self.spend(held: .order(hold.orderID), by: &spend)
    guard spend.points == -points else { throw LedgerFault("a hold's draws do not sum to its points") }
    try post(spend, fromHeld: points)
    countLifetime(spent: points)
    try announceSpend(of: hold, entryID: spend.entryID)
  }

  private mutating func postEarn(of hold: OrderHold, origin: LedgerOrigin) throws {
    let (points, growthValue) = (hold.terms.earnPoints, hold.terms.growthValue)
    guard points > 0 || growthValue > 0 else { return }
    var earn = entry(.earn, subject: hold.orderID, id: ids.nextEntry(), origin: origin)
    earn.move(growthValue, from: .programmeGrowth, to: .memberGrowth)
    var lot: Lot?
    if points > 0 {
      let rule = try rule(version: hold.terms.ruleVersion)
      let earned = newLot(
        .order, orderID: hold.orderID, points: points, ruleVersion: rule.version,
        activatesAt: rule.calendar.instant(instant, plusDays: rule.activateAfterDays),
        expiresAt: rule.expiry(of: instant))
      try LotStore.insert(earned, of: memberID, transaction)
      earn.move(points, from: .programmeIssued, to: .memberPoints, earned.lotID)
      lot = earned
    }
    try post(earn)
    countLifetime(earned: points)
    try announceEarn(of: hold, lot: lot, entryID: earn.entryID)
  }
}
