import PatronAPI

/// What must hold between sums over the orders and sums over the ledgers while nothing moves.
enum SumChecks {
  static func differences(
    _ sums: OrderSums, loyalty: LoyaltyV1.VerifyResponse, campaign: CampaignV1.VerifyResponse
  ) -> [TypeV1.Difference] {
    let checks: [(check: String, orders: Int64, ledger: Int64)] = [
      ("points.earned_by_orders_are_the_ledgers", sums.pointsEarned, loyalty.pointsEarned),
      ("points.spent_by_orders_are_the_ledgers", sums.pointsSpent, loyalty.pointsSpent),
      ("points.taken_back_by_returns_are_the_ledgers", sums.pointsTakenBack, loyalty.pointsTakenBack),
      ("points.given_back_by_returns_are_the_ledgers", sums.pointsGivenBack, loyalty.pointsGivenBack),
      (
        "stored_value.spent_by_orders_is_the_ledgers", sums.storedValueMinorUnits,
        loyalty.storedValue.reduce(0) { $0 + $1.spentPrincipal + $1.spentBonus }
      ),
      (
        "stored_value.given_back_by_returns_is_the_ledgers", sums.storedValueGivenBackMinorUnits,
        loyalty.storedValue.reduce(0) { $0 + $1.givenBackPrincipal + $1.givenBackBonus }
      ),
      ("discounts.of_orders_are_the_ledgers", sums.discountMinorUnits, campaign.discountedMinorUnits),
    ]
    return checks.compactMap { check in
      guard check.orders != check.ledger else { return nil }
      return TypeV1.Difference(check: check.check, expected: "\(check.orders), as the orders say", found: "\(check.ledger) in the ledger")
    }
  }
}
