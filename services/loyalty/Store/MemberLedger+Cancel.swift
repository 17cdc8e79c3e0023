internal import Database

extension MemberLedger {
  /// Gives held points back to their lots. Lots past their expiry expire at once, and a debt is repaid before anything can be
  /// spent.
  mutating func cancel(_ hold: OrderHold) throws {
    for draw in try OrderHoldStore.draws(of: hold.orderID, transaction) {
      try LotStore.apply(LotStore.Change(remaining: draw.points, held: -draw.points), to: draw.lotID, transaction)
    }
    releaseHeld(hold.terms.spendPoints)
    try postLapsedLots()
    try repayDebt(subject: hold.orderID, origin: hold.origin)
    try closeQuietly()
  }
}
