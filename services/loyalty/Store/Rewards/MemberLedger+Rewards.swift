internal import Database
internal import Foundation

// Rewards: held, taken, cancelled, handed out, taken back. Each takes the reward's row after the member's.
extension MemberLedger {
  /// Sets points and stock aside until `redemption.heldUntil`.
  mutating func hold(_ reward: Reward, as redemption: Redemption) throws {
    let tierCode = reward.tierCodes.isEmpty ? nil : try balance().tier.tier.code
    let taken = try RedemptionStore.taken(of: memberID, reward.code, on: redemption.day, at: instant, transaction)
    guard let stock = try RewardStockStore.take(reward.code, at: instant, transaction) else { throw LedgerFault("a reward has no row") }
    let standing = RewardStanding(tierCode: tierCode, stock: stock, taken: taken)
    if let obstacle = reward.obstacles(standing, quantity: redemption.quantity, at: instant).first {
      throw RewardRefusal.obstacle(obstacle)
    }
    try setAside(redemption.totalPoints, for: .reward(redemption.redemptionID))
    try RedemptionStore.insert(redemption, transaction)
    try RewardStockStore.claim(redemption, transaction)
    try announce(redemption)
  }

  /// Takes `quantity` of what is held, all of it where that is nil.
  mutating func commit(_ redemptionID: String, quantity: Int64?, paymentReference: String) throws {
    var redemption = try redemption(redemptionID)
    switch redemption.state(at: instant) {
    case .committed:
      // Another payment for it would be taken and lost.
      guard quantity ?? redemption.quantity == redemption.quantity, paymentReference == redemption.paymentReference else {
        throw RewardRefusal.redemptionState("COMMITTED")
      }
      return
    case .lapsed: throw RewardRefusal.redemptionLapsed
    case .cancelled: throw RewardRefusal.redemptionState("CANCELLED")
    case .held: break
    }
    let quantity = quantity ?? redemption.quantity
    guard quantity <= redemption.quantity else { throw RewardRefusal.quantityExceeded(left: redemption.quantity) }
    _ = try RewardStockStore.take(redemption.code, at: instant, transaction)
    guard try RewardStockStore.use(quantity, of: redemption, transaction) else { throw RewardRefusal.redemptionLapsed }
    try release(redemption.points * (redemption.quantity - quantity), of: redemptionID)
    redemption.quantity = quantity
    var spend = entry(.reward, subject: redemptionID, id: ids.nextEntry(), origin: redemption.origin, reason: redemption.code)
    try self.spend(held: .reward(redemptionID), by: &spend)
    guard spend.points == -redemption.totalPoints else { throw LedgerFault("a redemption's draws do not sum to its points") }
    try post(spend, fromHeld: redemption.totalPoints)
    try repayDebt(subject: redemptionID, origin: redemption.origin)
    redemption.paymentReference = paymentReference
    try resolve(&redemption, as: .committed)
  }

  /// A part of what is held is not wanted: the last drawn goes back first, and what is past its expiry expires at once.
  private mutating func release(_ points: Int64, of redemptionID: String) throws {
    guard points > 0 else { return }
    let spender = PointSpender.reward(redemptionID)
    for part in GiveBack.plan(points, to: try LotDrawStore.draws(of: spender, transaction), at: .distantPast).parts {
      try LotDrawStore.giveBack(part, of: spender, transaction)
      try LotStore.apply(LotStore.Change(remaining: part.points, held: -part.points), to: part.lotID, transaction)
      releaseHeld(part.points)
    }
    try postLapsedLots()
  }

  mutating func cancel(redemptionID: String) throws {
    var redemption = try redemption(redemptionID)
    switch redemption.state(at: instant) {
    case .cancelled, .lapsed: return
    case .committed: throw RewardRefusal.redemptionState("COMMITTED")
    case .held: break
    }
    _ = try RewardStockStore.take(redemption.code, at: instant, transaction)
    try RewardStockStore.release(redemption, transaction)
    try release(.reward(redemptionID), origin: redemption.origin)
    try resolve(&redemption, as: .cancelled)
  }

  /// Gives the points of holds that ran out back. Readers have counted them as free since then; this only writes it down. Their stock is the
  /// reward's to free.
  mutating func releaseLapsedHolds() throws {
    for var redemption in try RedemptionStore.lapsed(of: memberID, at: instant, transaction) {
      try release(.reward(redemption.redemptionID), origin: .programme(ruleVersion: 0))
      try resolve(&redemption, as: .lapsed)
    }
  }

  mutating func fulfil(_ redemptionID: String, reference: String) throws {
    var redemption = try redemption(redemptionID)
    if redemption.fulfilledAt != nil, redemption.fulfilmentReference == reference { return }
    let state = redemption.words(at: instant)
    guard state == "COMMITTED" else { throw RewardRefusal.redemptionState(state) }
    (redemption.fulfilledAt, redemption.fulfilmentReference) = (instant, reference)
    try RedemptionStore.update(redemption, transaction)
    try announce(redemption)
  }

  /// Takes a reward back, by what is recorded of it: points to the lots that they came from, room to the limits, stock by choice.
  mutating func reverse(
    _ redemptionID: String, quantity: Int64, restock: Bool, reason: String, as reversalID: String, by origin: LedgerOrigin
  ) throws {
    var redemption = try redemption(redemptionID)
    guard redemption.state == .committed else { throw RewardRefusal.redemptionState(redemption.words(at: instant)) }
    let left = redemption.quantity - redemption.reversed
    guard quantity <= left else { throw RewardRefusal.quantityExceeded(left: left) }
    let points = redemption.points * quantity
    var origin = origin
    origin.storeID = redemption.storeID
    var reversal = entry(.rewardReversal, subject: reversalID, id: ids.nextEntry(), origin: origin, reason: reason)
    try giveBack(points, to: .reward(redemptionID), by: &reversal, graceBy: program.rule)
    try post(reversal)
    try repayDebt(subject: reversalID, origin: origin)
    redemption.reversed += quantity
    try RedemptionStore.update(redemption, transaction)
    try RedemptionStore.insert(
      RedemptionStore.Reversal(
        reversalID: reversalID, redemptionID: redemptionID, quantity: quantity, points: points, restock: restock, reason: reason),
      by: origin, at: instant, transaction)
    _ = try RewardStockStore.take(redemption.code, at: instant, transaction)
    try RewardStockStore.giveBack(quantity, of: redemption, restock: restock, transaction)
    try announce(redemption)
  }

  // MARK: Parts

  private func redemption(_ redemptionID: String) throws -> Redemption {
    guard let redemption = try RedemptionStore.find(redemptionID, transaction), redemption.memberID == memberID else {
      throw RewardRefusal.redemptionUnknown
    }
    return redemption
  }

  private mutating func resolve(_ redemption: inout Redemption, as state: Redemption.State) throws {
    redemption.state = state
    redemption.resolvedAt = state == .lapsed ? redemption.heldUntil : instant
    try RedemptionStore.update(redemption, transaction)
    try announce(redemption)
  }
}

extension Redemption {
  /// As the contract has its state, without the prefix.
  func words(at instant: Date) -> String {
    switch state(at: instant) {
    case .held: "HELD"
    case .cancelled: "CANCELLED"
    case .lapsed: "LAPSED"
    case .committed: reversed == quantity ? "REVERSED" : fulfilledAt == nil ? "COMMITTED" : "FULFILLED"
    }
  }
}
