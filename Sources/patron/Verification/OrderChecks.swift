import PatronAPI

/// What must hold between an order and its participants at any moment, whatever is under way. Pure: a reading in, what is untrue out.
enum OrderChecks {
  static func differences(in reading: SystemReading) -> [TypeV1.Difference] {
    var differences: [TypeV1.Difference] = []
    for order in reading.orders.values.sorted(by: { $0.orderID < $1.orderID }) {
      differences += stock(of: order)
      differences += money(of: order)
      for participant in SystemReading.participants {
        let hold = reading.holds[participant]?[order.orderID]
        differences += state(of: hold, participant, under: order)
        differences += returns(of: hold, participant, under: order)
      }
      differences += sums(of: order, in: reading)
    }
    for participant in SystemReading.participants {
      differences += orphans(participant, in: reading)
    }
    return differences
  }

  // MARK: Hold against order

  /// Where a participant's hold may stand, by the order's state and by whether the order's plan names the participant.
  private static func allowed(_ state: InventoryV1.OrderState, named: Bool) -> [TypeV1.HoldState?] {
    guard named else { return [nil, .cancelled, .tombstone] }
    switch state {
    case .pending: return [nil, .held]
    case .committing: return [.held, .committed]
    case .completed: return [.committed]
    case .cancelling: return [nil, .held, .cancelled, .tombstone]
    case .cancelled: return [nil, .cancelled, .tombstone]
    case .unspecified, .unrecognized: return []
    }
  }

  private static func state(
    of hold: TypeV1.HoldRecord?, _ participant: String, under order: InventoryV1.OrderSummary
  ) -> [TypeV1.Difference] {
    let allowed = allowed(order.state, named: order.participants.contains(participant))
    guard !allowed.contains(hold?.state) else { return [] }
    return [
      TypeV1.Difference(
        check: "order.\(participant)_hold_matches_state", ids: [order.orderID],
        expected: "order \(name(order.state)): hold \(allowed.map(name).joined(separator: " or "))", found: name(hold?.state))
    ]
  }

  private static func stock(of order: InventoryV1.OrderSummary) -> [TypeV1.Difference] {
    let allowed: InventoryV1.HoldOfStock
    switch order.state {
    case .pending, .committing, .cancelling: allowed = .held
    case .completed: allowed = .committed
    case .cancelled: allowed = .cancelled
    case .unspecified, .unrecognized: allowed = .unspecified
    }
    guard order.stockHold != allowed else { return [] }
    return [
      TypeV1.Difference(
        check: "order.stock_hold_matches_state", ids: [order.orderID], expected: "order \(name(order.state)): stock \(allowed)",
        found: "\(order.stockHold)")
    ]
  }

  private static func orphans(_ participant: String, in reading: SystemReading) -> [TypeV1.Difference] {
    (reading.holds[participant] ?? [:]).values.sorted { $0.orderID < $1.orderID }.compactMap { hold in
      guard reading.orders[hold.orderID] == nil, hold.state == .held || hold.state == .committed else { return nil }
      return TypeV1.Difference(
        check: "hold.\(participant)_has_an_order", ids: [hold.orderID], expected: "an order", found: "a hold \(name(hold.state))")
    }
  }

  // MARK: What was posted

  /// What a COMPLETED order says was posted for it against what its participants posted, one by one: two orders that are wrong by as
  /// much would hide each other in a sum.
  private static func sums(of order: InventoryV1.OrderSummary, in reading: SystemReading) -> [TypeV1.Difference] {
    guard order.state == .completed else { return [] }
    let loyalty = reading.holds[SystemReading.loyalty]?[order.orderID]
    let campaign = reading.holds[SystemReading.campaign]?[order.orderID]
    var checks: [(name: String, order: Int64, posted: Int64)] = []
    // A hold that is not committed is a difference already.
    if loyalty?.state == .committed || !order.participants.contains(SystemReading.loyalty) {
      checks.append(("order.points_earned_are_loyaltys", order.pointsEarned, loyalty?.pointsEarned ?? 0))
      checks.append(("order.points_spent_are_loyaltys", order.pointsSpent, loyalty?.pointsSpent ?? 0))
      checks.append(("order.stored_value_is_loyaltys", order.storedValueMinorUnits, loyalty?.storedValueMinorUnits ?? 0))
      // A return under way may be reversed there already.
      if order.openReturns.isEmpty {
        checks.append(("order.points_taken_back_are_loyaltys", order.pointsTakenBack, loyalty?.pointsTakenBack ?? 0))
        checks.append(("order.points_given_back_are_loyaltys", order.pointsGivenBack, loyalty?.pointsGivenBack ?? 0))
        checks.append(
          (
            "order.stored_value_given_back_is_loyaltys", order.storedValueGivenBackMinorUnits,
            loyalty?.storedValueGivenBackMinorUnits ?? 0
          ))
      }
    }
    if campaign?.state == .committed || !order.participants.contains(SystemReading.campaign) {
      checks.append(("order.discounts_are_campaigns", order.discountMinorUnits, campaign?.discountMinorUnits ?? 0))
    }
    return checks.filter { $0.order != $0.posted }.map { check in
      TypeV1.Difference(
        check: check.name, ids: [order.orderID], expected: "\(check.order), as the order says", found: "\(check.posted) posted")
    }
  }

  // MARK: Returns

  /// A return is RETURNED exactly if every participant that the order's plan names has reversed under its id.
  private static func returns(
    of hold: TypeV1.HoldRecord?, _ participant: String, under order: InventoryV1.OrderSummary
  ) -> [TypeV1.Difference] {
    let known = Set(order.returnIDs)
    let completed = Set(order.completedReturnIDs)
    let reversed = Set(hold?.returnIDs ?? [])
    var differences: [TypeV1.Difference] = []
    if order.participants.contains(participant) {
      for id in completed.subtracting(reversed).sorted() {
        differences.append(
          TypeV1.Difference(
            check: "return.\(participant)_reversed", ids: [order.orderID, id], expected: "reversed, as the return is RETURNED",
            found: "not reversed"))
      }
    }
    for id in reversed.subtracting(known).sorted() {
      differences.append(
        TypeV1.Difference(
          check: "return.\(participant)_reversal_has_a_return", ids: [order.orderID, id], expected: "a return", found: "a reversal alone"))
    }
    return differences
  }

  private static func money(of order: InventoryV1.OrderSummary) -> [TypeV1.Difference] {
    guard order.refundedMinorUnits > order.amountDueMinorUnits else { return [] }
    return [
      TypeV1.Difference(
        check: "order.refunded_at_most_paid", ids: [order.orderID], expected: "at most \(order.amountDueMinorUnits)",
        found: "\(order.refundedMinorUnits)")
    ]
  }

  // MARK: Words

  private static func name(_ state: TypeV1.HoldState?) -> String { state.map { "\($0)".uppercased() } ?? "none" }
  private static func name(_ state: InventoryV1.OrderState) -> String { "\(state)".uppercased() }
}
