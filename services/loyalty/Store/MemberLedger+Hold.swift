internal import Database

extension MemberLedger {
  /// Sets `points` aside for an order, drawn from the lots that expire first; 0 are none. From here on they expire no more; a cancel gives
  /// them back to the clock.
  mutating func hold(_ points: Int64, forOrder orderID: String) throws {
    guard points > 0 else { return try closeQuietly() }
    try holdSpendable(points)
    let draws = try drawSpendable(points)
    for draw in draws {
      try LotStore.apply(LotStore.Change(remaining: -draw.points, held: draw.points), to: draw.lotID, transaction)
    }
    try OrderHoldStore.insertDraws(draws, of: orderID, transaction)
    try closeQuietly()
  }

  /// Which lots `points` come from. That they suffice was decided before.
  func drawSpendable(_ points: Int64) throws -> [LotDraw] {
    let lots = try LotStore.spendable(of: memberID, at: instant, transaction)
    let (draws, missing) = LotDraw.draw(points, from: lots.map { ($0.lotID, $0.remaining) })
    guard missing == 0 else { throw LedgerFault("the lots hold less than the member's row") }
    return draws
  }
}
