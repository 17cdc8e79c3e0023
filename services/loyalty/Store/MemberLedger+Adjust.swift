internal import Database

extension MemberLedger {
  /// Adds points as a lot of the rule in force, active at once, or takes spendable ones. The entry's id. The caller closes.
  mutating func adjust(_ points: Int64, reason: String, origin: LedgerOrigin) throws -> String {
    var adjustment = entry(.adjust, id: ids.nextEntry(), origin: origin, reason: reason)
    if points > 0 {
      let rule = program.rule
      let lot = newLot(
        .adjustment, orderID: "", points: points, ruleVersion: rule.version, activatesAt: instant,
        expiresAt: rule.expiry(of: instant))
      try LotStore.insert(lot, of: memberID, transaction)
      adjustment.move(points, from: .programmeAdjusted, to: .memberPoints, lot.lotID)
      try post(adjustment)
      try repayDebt(subject: adjustment.entryID, origin: origin)
    } else {
      try takeSpendable(-points)
      for draw in try drawSpendable(-points) {
        adjustment.move(draw.points, from: .memberPoints, draw.lotID, to: .programmeAdjusted)
        try LotStore.apply(LotStore.Change(remaining: -draw.points), to: draw.lotID, transaction)
      }
      try post(adjustment, alreadyTaken: -points)
    }
    try announceAdjustment(entryID: adjustment.entryID, points: points, reason: reason)
    return adjustment.entryID
  }
}
