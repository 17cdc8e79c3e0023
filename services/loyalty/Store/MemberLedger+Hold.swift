internal import Database

extension MemberLedger {
  /// Sets `points` aside for an order, drawn from the lots that expire first; 0 are none. From here on they expire no more; a cancel gives
  /// them back to the clock.
  mutating func hold(_ points: Int64, forOrder orderID: String) throws {
    if points > 0 { try setAside(points, for: .order(orderID)) }
    try closeQuietly()
  }

  mutating func setAside(_ points: Int64, for spender: PointSpender) throws {
    try holdSpendable(points)
    let draws = try drawSpendable(points)
    for draw in draws {
      try LotStore.apply(LotStore.Change(remaining: -draw.points, held: draw.points), to: draw.lotID, transaction)
    }
    try LotDrawStore.insert(draws, of: spender, transaction)
  }

  /// Gives everything that is held back to its lots. What is past its expiry goes at once, and a debt is repaid before anything can be spent.
  mutating func release(_ spender: PointSpender, origin: LedgerOrigin) throws {
    for draw in try LotDrawStore.draws(of: spender, transaction) {
      try LotStore.apply(LotStore.Change(remaining: draw.points, held: -draw.points), to: draw.lotID, transaction)
      releaseHeld(draw.points)
    }
    try postLapsedLots()
    try repayDebt(subject: spender.id, origin: origin)
  }

  /// Moves what is held out of its lots: what was drawn less what was given back of it.
  func spend(held spender: PointSpender, by entry: inout LedgerTransaction) throws {
    for draw in try LotDrawStore.draws(of: spender, transaction) where draw.points > draw.givenBack {
      let points = draw.points - draw.givenBack
      entry.move(points, from: .memberPoints, draw.lotID, to: .programmeRedeemed)
      try LotStore.apply(LotStore.Change(held: -points), to: draw.lotID, transaction)
    }
  }

  /// Gives spent points back to their lots, or into a grace lot where those have expired.
  mutating func giveBack(
    _ points: Int64, to spender: PointSpender, by reversal: inout LedgerTransaction, graceBy rule: EarnRule, orderID: String = ""
  ) throws {
    try prolongLots(drawnBy: spender)
    let plan = GiveBack.plan(points, to: try LotDrawStore.draws(of: spender, transaction), at: instant)
    for part in plan.parts {
      try LotDrawStore.giveBack(part, of: spender, transaction)
      guard !part.toGraceLot else { continue }
      try LotStore.apply(LotStore.Change(remaining: part.points), to: part.lotID, transaction)
      reversal.move(part.points, from: .programmeRedeemed, to: .memberPoints, part.lotID)
    }
    guard plan.gracePoints > 0 else { return }
    let grace = newLot(
      .return, orderID: orderID, points: plan.gracePoints, ruleVersion: rule.version, activatesAt: instant,
      expiresAt: rule.calendar.expiry(of: instant, days: EarnRule.graceDays))
    try LotStore.insert(grace, of: memberID, transaction)
    reversal.move(plan.gracePoints, from: .programmeRedeemed, to: .memberPoints, grace.lotID)
  }

  /// Which lots `points` come from. That they suffice was decided before.
  func drawSpendable(_ points: Int64) throws -> [LotDraw] {
    let lots = try LotStore.spendable(of: memberID, at: instant, transaction)
    let (draws, missing) = LotDraw.draw(points, from: lots.map { ($0.lotID, $0.remaining) })
    guard missing == 0 else { throw LedgerFault("the lots hold less than the member's row") }
    return draws
  }
}
