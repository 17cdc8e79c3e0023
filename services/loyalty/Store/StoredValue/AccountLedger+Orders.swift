internal import Database
internal import Foundation

extension AccountLedger {
  /// Sets `amount` aside for an order, in the parts that the policy's spend order says, drawn from the lots as they were sold. From here on
  /// it neither expires nor freezes.
  mutating func hold(_ amount: Int64, forOrder orderID: String) throws {
    guard let parts = policy.spendOrder.split(amount, of: account.parts),
      try ValueAccountStore.hold(parts, of: accountID, at: instant, transaction)
    else { throw try insufficient() }
    let draws = try drawLots(parts)
    for draw in draws { try ValueLotStore.change(draw.lotID, held: draw.parts, transaction) }
    try ValueHoldStore.insert(parts, of: accountID, draws: draws, forOrder: orderID, transaction)
  }

  /// Spends what is held, whatever became of the account since: a Commit is never refused.
  mutating func commit(_ spent: SpentValue, of hold: OrderHold) throws {
    var entry = entry(.spend, subject: hold.orderID, origin: origin(of: hold))
    for draw in try ValueHoldStore.draws(of: hold.orderID, accountID, transaction) {
      try ValueLotStore.change(draw.lotID, held: -draw.drawn, transaction)
      entry.move(draw.drawn, of: draw.lotID, from: .customer, to: .redeemed)
    }
    try post(entry, changing: ValueAccountStore.Change(held: -spent.drawn))
  }

  /// Gives back what was held; past the card's last day it expires at once.
  mutating func cancel(_ spent: SpentValue, of hold: OrderHold) throws {
    for draw in try ValueHoldStore.draws(of: hold.orderID, accountID, transaction) {
      try ValueLotStore.change(draw.lotID, by: draw.drawn, held: -draw.drawn, transaction)
    }
    try apply(ValueAccountStore.Change(parts: spent.drawn, held: -spent.drawn))
    try postExpiry()
  }

  /// Gives `amount` back to the lots that it came from, principal and bonus as they were drawn. A card that has expired lives on for the days
  /// of grace; what is left of it from before stays expired.
  mutating func giveBack(
    _ amount: Int64, _ spent: SpentValue, of hold: OrderHold, as returnID: String, by caller: LedgerOrigin
  ) throws -> ValueParts {
    let parts = spent.parts(ofGivingBack: amount)
    guard !parts.isNothing else { return parts }
    let plan = SpentValue.plan(parts, to: try ValueHoldStore.draws(of: hold.orderID, accountID, transaction))
    try ValueHoldStore.giveBack(parts, to: plan, of: hold.orderID, accountID, transaction)
    var origin = origin(of: hold)
    (origin.clientID, origin.staffID, origin.returnID) = (caller.clientID, caller.staffID, returnID)
    var entry = entry(.spendReversal, subject: returnID, origin: origin)
    for (_, draw) in plan {
      try ValueLotStore.change(draw.lotID, by: draw.parts, transaction)
      entry.move(draw.parts, of: draw.lotID, from: .redeemed, to: .customer)
    }
    if account.expiresAt <= instant {
      try ValueAccountStore.prolong(
        accountID, until: policy.calendar.expiry(of: instant, days: ValuePolicy.graceDays), transaction)
    }
    try post(entry, changing: ValueAccountStore.Change(parts: parts))
    return parts
  }

  /// Its rule version is the policy's, which `entry` fills in: an earn rule has no say in stored value.
  private func origin(of hold: OrderHold) -> LedgerOrigin {
    var origin = hold.origin
    origin.ruleVersion = 0
    return origin
  }
}
