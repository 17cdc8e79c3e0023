internal import Foundation

// Visits: held, used, cancelled, reversed.
extension EntitlementLedger {
  /// Sets uses aside until `use.heldUntil`.
  mutating func hold(_ use: EntitlementUse) throws {
    guard plan.admits(to: use.service) else { throw EntitlementRefusal.serviceNotCovered }
    let state = card.state(at: instant, plan: plan)
    guard state == .active || state == .usedUp else { throw EntitlementRefusal.notUsable(state) }
    if plan.usesPerDay > 0 {
      let left = plan.usesPerDay - (try EntitlementUseStore.uses(of: card.entitlementID, on: use.day, at: instant, transaction))
      guard use.uses <= left else { throw EntitlementRefusal.dailyUses(left: max(0, left)) }
    }
    guard let draws = card.draw(use.uses, at: instant) else {
      throw EntitlementRefusal.usesExhausted(left: card.usesLeft(at: instant) ?? 0)
    }
    try EntitlementUseStore.insert(use, drawing: draws, at: instant, transaction)
    try move(draws) { period, uses in period.held += uses }
  }

  mutating func commit(_ useID: String) throws {
    let use = try use(useID)
    switch use.state(at: instant) {
    case .used: return
    case .lapsed: throw EntitlementRefusal.useLapsed
    case .cancelled, .reversed: throw EntitlementRefusal.useState(use.state)
    case .held: break
    }
    let draws = try EntitlementUseStore.draws(of: useID, transaction)
    try EntitlementUseStore.set(.used, of: useID, transaction)
    try move(draws) { period, uses in
      period.held -= uses
      period.used += uses
    }
    try post(.use, of: draws, use, sign: -1)
  }

  mutating func cancel(_ useID: String) throws {
    let use = try use(useID)
    switch use.state(at: instant) {
    case .cancelled, .lapsed: return
    case .used, .reversed: throw EntitlementRefusal.useState(use.state)
    case .held: break
    }
    try EntitlementUseStore.set(.cancelled, of: useID, transaction)
    try move(try EntitlementUseStore.draws(of: useID, transaction)) { period, uses in period.held -= uses }
  }

  /// Gives the uses back to the periods that they came from.
  mutating func reverse(_ useID: String, reason: String) throws {
    let use = try use(useID)
    switch use.state(at: instant) {
    case .reversed: return
    case .held, .cancelled, .lapsed: throw EntitlementRefusal.useState(use.state(at: instant))
    case .used: break
    }
    let draws = try EntitlementUseStore.draws(of: useID, transaction)
    // What a refund paid back for was reckoned with this use.
    for draw in draws where try !card.periods[index(ofPeriod: draw.period)].isSold { throw EntitlementRefusal.periodRefunded }
    try EntitlementUseStore.set(.reversed, of: useID, transaction)
    try move(draws) { period, uses in period.used -= uses }
    try post(.useReversal, of: draws, use, sign: 1, reason: reason)
  }

  // MARK: Parts

  private func use(_ useID: String) throws -> EntitlementUse {
    guard let use = try EntitlementUseStore.find(useID, transaction), use.entitlementID == card.entitlementID else {
      throw EntitlementRefusal.useUnknown
    }
    return use
  }

  private mutating func move(_ draws: [Entitlement.Draw], _ move: (inout EntitlementPeriod, Int64) -> Void) throws {
    let indices = try draws.map { try index(ofPeriod: $0.period) }
    try change { card in
      for (index, draw) in zip(indices, draws) { move(&card.periods[index], draw.uses) }
    }
  }

  private mutating func post(
    _ kind: EntitlementEntry.Kind, of draws: [Entitlement.Draw], _ use: EntitlementUse, sign: Int64, reason: String = ""
  ) throws {
    for draw in draws {
      let isCounted = try card.periods[index(ofPeriod: draw.period)].isCounted
      try post(kind, of: draw.period) { entry in
        entry.uses = isCounted ? sign * draw.uses : 0
        entry.useID = use.useID
        entry.origin.storeID = use.storeID
        entry.reference = use.reference
        entry.reason = reason
      }
    }
  }
}
