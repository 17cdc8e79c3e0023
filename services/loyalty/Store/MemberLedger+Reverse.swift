internal import Database
internal import Foundation

extension MemberLedger {
  /// Carries out a return by what is recorded of its order, never by a rule of the day.
  ///
  /// Spent points come back first, so that no debt is made while points are being given. Then earned points are taken back, and
  /// the growth value with them, in the order's own time: an order that has left the tier window takes nothing out of it.
  mutating func reverse(
    _ hold: OrderHold, as returnID: String, terms: OrderReversal.Terms, shares: OrderReversal.Shares, by caller: LedgerOrigin
  ) throws -> (reversal: OrderReversal, balance: Balance) {
    let taken = shares.earned.share(of: hold.terms.earnPoints, alreadyTaken: hold.pointsTakenBack)
    let given = shares.money.share(of: hold.terms.spendPoints, alreadyTaken: hold.pointsGivenBack)
    let growth = shares.money.share(of: hold.terms.growthValue, alreadyTaken: hold.growthTakenBack)
    var origin = hold.origin
    (origin.clientID, origin.staffID, origin.returnID) = (caller.clientID, caller.staffID, returnID)

    try giveBack(given, to: hold, origin: origin)
    let debt = try takeBack(taken, growthValue: growth, from: hold, origin: origin)
    try repayDebt(subject: returnID, origin: origin)
    try OrderHoldStore.addReversal(taken: taken, given: given, growth: growth, to: hold.orderID, transaction)
    let reversal = OrderReversal(
      returnID: returnID, terms: terms, pointsTakenBack: taken, pointsGivenBack: given, growthTakenBack: growth, debt: debt)
    try OrderReversalStore.insert(reversal, at: instant, transaction)
    try countOnLeaderboards(points: -taken, growthValue: -growth, of: hold, orderAt: hold.resolvedAt ?? instant)
    try announceReversal(reversal)
    return (reversal, try close())
  }

  private mutating func giveBack(_ points: Int64, to hold: OrderHold, origin: LedgerOrigin) throws {
    guard points > 0 else { return }
    var reversal = entry(.spendReversal, subject: origin.returnID, id: ids.nextEntry(), origin: origin)
    try giveBack(
      points, to: .order(hold.orderID), by: &reversal, graceBy: try rule(version: hold.terms.ruleVersion), orderID: hold.orderID)
    try post(reversal)
    countLifetime(spent: -points)
  }

  /// The part that became debt.
  private mutating func takeBack(
    _ points: Int64, growthValue: Int64, from hold: OrderHold, origin: LedgerOrigin
  ) throws -> Int64 {
    guard points > 0 || growthValue > 0 else { return 0 }
    var reversal = entry(
      .earnReversal, subject: origin.returnID, id: ids.nextEntry(), origin: origin, effectiveAt: hold.resolvedAt)
    let plan = points > 0 ? try planTakeBack(points, ofOrder: hold.orderID) : TakeBack.nothing
    for draw in plan.ownLot + plan.otherLots {
      reversal.move(draw.points, from: .memberPoints, draw.lotID, to: .programmeIssued)
      try LotStore.apply(LotStore.Change(remaining: -draw.points), to: draw.lotID, transaction)
    }
    for draw in plan.alreadyExpired {
      reversal.move(draw.points, from: .programmeExpired, draw.lotID, to: .programmeIssued)
      try LotStore.apply(LotStore.Change(expired: -draw.points), to: draw.lotID, transaction)
    }
    reversal.move(plan.debt, from: .memberDebt, to: .programmeIssued)
    reversal.move(growthValue, from: .memberGrowth, to: .programmeGrowth)
    try post(reversal)
    countLifetime(earned: -points)
    return plan.debt
  }

  private func planTakeBack(_ points: Int64, ofOrder orderID: String) throws -> TakeBack {
    var lots = try LotStore.remaining(of: memberID, transaction)
    if let own = try LotStore.earned(byOrder: orderID, transaction), own.remaining == 0 { lots.append(own) }
    return TakeBack.plan(points, ofOrder: orderID, from: lots)
  }
}
