internal import Database

extension MemberLedger {
  /// Repays what the member owes out of whatever has just come in, before any of it can be spent: points earned, added by hand,
  /// given back by a return, or released by a cancelled hold. Otherwise who lets a return run into debt while the points are held
  /// by another checkout, and then abandons that one, keeps them.
  mutating func repayDebt(subject: String, origin: LedgerOrigin) throws {
    guard account.debt > 0, account.points > 0 else { return }
    let owed = min(account.debt, account.points)
    let lots = try LotStore.remaining(of: memberID, transaction)
    let (draws, missing) = LotDraw.draw(owed, from: lots.map { ($0.lotID, $0.remaining) })
    guard missing == 0 else { throw LedgerFault("the lots hold less than the member's row") }
    var repayment = entry(.debtRepayment, subject: subject, id: ids.nextEntry(), origin: origin, reason: "debt repaid")
    for draw in draws {
      repayment.move(draw.points, from: .memberPoints, draw.lotID, to: .memberDebt)
      try LotStore.apply(LotStore.Change(remaining: -draw.points), to: draw.lotID, transaction)
    }
    try post(repayment)
  }
}
