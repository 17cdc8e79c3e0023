internal import Database

/// The invariants of rewards; see `LedgerCheck`.
enum RewardChecks {
  static let all = [
    stockMatchesMovements, movementsHaveNoGap, heldMatchesClaims, usedMatchesClaims, claimsMatchRedemptions, totalWithinLimit,
    memberWithinLimit, drawsMatchRedemptions, spendMatchesRedemption, ledgerMatchesRedemption, reversalsMatchRedemption,
    reversalsMatchLedger,
  ]

  private static let stockMatchesMovements = LedgerCheck(
    name: "rewards.stock_matches_movements",
    sql: SQL(
      "loyalty.check-reward-stock",
      """
      SELECT reward.code, '', coalesce(sum(movement.delta), 0), coalesce(reward.stock, 0)
      FROM reward LEFT JOIN reward_movement AS movement ON movement.code = reward.code
      GROUP BY reward.code, reward.stock HAVING coalesce(sum(movement.delta), 0) <> coalesce(reward.stock, 0) LIMIT ?1
      """))

  private static let movementsHaveNoGap = LedgerCheck(
    name: "rewards.movements_have_no_gap",
    sql: SQL(
      "loyalty.check-reward-movements",
      """
      SELECT reward.code, '', reward.last_number, count(movement.number)
      FROM reward LEFT JOIN reward_movement AS movement ON movement.code = reward.code
      GROUP BY reward.code, reward.last_number
      HAVING reward.last_number <> count(movement.number) OR reward.last_number <> coalesce(max(movement.number), 0) LIMIT ?1
      """))

  private static let heldMatchesClaims = LedgerCheck(
    name: "rewards.held_matches_claims",
    sql: SQL(
      "loyalty.check-reward-held",
      """
      SELECT reward.code, '', coalesce(sum(claim.quantity), 0), reward.held
      FROM reward LEFT JOIN reward_claim AS claim ON claim.code = reward.code AND claim.state = 'held'
      GROUP BY reward.code, reward.held HAVING coalesce(sum(claim.quantity), 0) <> reward.held LIMIT ?1
      """))

  private static let usedMatchesClaims = LedgerCheck(
    name: "rewards.used_matches_claims",
    sql: SQL(
      "loyalty.check-reward-used",
      """
      SELECT reward.code, '', coalesce(sum(claim.quantity - claim.returned + claim.lost), 0), reward.used
      FROM reward LEFT JOIN reward_claim AS claim ON claim.code = reward.code AND claim.state = 'used'
      GROUP BY reward.code, reward.used, reward.lost
      HAVING coalesce(sum(claim.quantity - claim.returned + claim.lost), 0) <> reward.used
        OR coalesce(sum(claim.lost), 0) <> reward.lost LIMIT ?1
      """))

  /// Both sides of a redemption. A hold that ran out may be written down on either side first.
  private static let claimsMatchRedemptions = LedgerCheck(
    name: "rewards.claims_match_redemptions",
    sql: SQL(
      "loyalty.check-reward-claims",
      """
      SELECT redemption.redemption_id, redemption.member_id, redemption.quantity - redemption.reversed,
        coalesce(claim.quantity - claim.returned, 0)
      FROM redemption LEFT JOIN reward_claim AS claim ON claim.redemption_id = redemption.redemption_id AND claim.code = redemption.code
      WHERE claim.redemption_id IS NULL OR claim.quantity <> redemption.quantity OR claim.returned <> redemption.reversed
        OR (redemption.state = 'committed') <> (claim.state = 'used')
        OR (redemption.state = 'held' AND claim.state = 'released' AND redemption.held_until > ?2)
        OR (redemption.state = 'lapsed' AND claim.state = 'held' AND redemption.held_until > ?2)
        OR (redemption.state = 'cancelled' AND claim.state <> 'released') LIMIT ?1
      """),
    dependsOnInstant: true)

  /// Of the version that allows most: a later one may allow fewer than there were.
  private static let totalWithinLimit = LedgerCheck(
    name: "rewards.total_within_limit",
    sql: SQL(
      "loyalty.check-reward-total",
      """
      SELECT reward.code, '', limits.most, reward.held + reward.used - reward.lost
      FROM reward JOIN (
        SELECT code, max(total_limit) AS most, min(total_limit) AS least FROM reward_version GROUP BY code
      ) AS limits ON limits.code = reward.code
      WHERE limits.least > 0 AND reward.held + reward.used - reward.lost > limits.most LIMIT ?1
      """))

  private static let memberWithinLimit = LedgerCheck(
    name: "rewards.member_within_limit",
    sql: SQL(
      "loyalty.check-reward-member",
      """
      SELECT taken.member_id, taken.code, limits.most, taken.quantity
      FROM (
        SELECT member_id, code, sum(quantity - reversed) AS quantity FROM redemption
        WHERE state = 'committed' OR (state = 'held' AND held_until > ?2) GROUP BY member_id, code
      ) AS taken JOIN (
        SELECT code, max(member_limit) AS most, min(member_limit) AS least FROM reward_version GROUP BY code
      ) AS limits ON limits.code = taken.code
      WHERE limits.least > 0 AND taken.quantity > limits.most LIMIT ?1
      """),
    dependsOnInstant: true)

  private static let drawsMatchRedemptions = LedgerCheck(
    name: "rewards.draws_match_redemptions",
    sql: SQL(
      "loyalty.check-reward-draws",
      """
      SELECT redemption.redemption_id, redemption.member_id, redemption.points * (redemption.quantity - redemption.reversed),
        coalesce(sum(draw.points - draw.given_back), 0)
      FROM redemption LEFT JOIN spend_draw AS draw ON draw.spend_id = redemption.redemption_id
      GROUP BY redemption.redemption_id
      HAVING coalesce(sum(draw.points - draw.given_back), 0) <> redemption.points * (redemption.quantity - redemption.reversed) LIMIT ?1
      """))

  private static let spendMatchesRedemption = LedgerCheck(
    name: "rewards.spend_matches_redemption",
    sql: SQL(
      "loyalty.check-reward-spend",
      """
      SELECT redemption.redemption_id, redemption.member_id,
        CASE redemption.state WHEN 'committed' THEN redemption.points * redemption.quantity ELSE 0 END, -coalesce(line.points, 0)
      FROM redemption LEFT JOIN ledger_transaction AS line ON line.subject = redemption.redemption_id AND line.kind = 'spend'
      WHERE -coalesce(line.points, 0) <> CASE redemption.state WHEN 'committed' THEN redemption.points * redemption.quantity ELSE 0 END
      LIMIT ?1
      """))

  private static let ledgerMatchesRedemption = LedgerCheck(
    name: "rewards.ledger_matches_redemption",
    sql: SQL(
      "loyalty.check-reward-ledger",
      """
      SELECT line.entry_id, line.member_id, 0, line.points
      FROM ledger_transaction AS line
        LEFT JOIN redemption ON redemption.redemption_id = line.subject
        LEFT JOIN redemption_reversal AS reversal ON reversal.reversal_id = line.subject
      WHERE line.variant IN ('reward', 'reward_reversal') AND redemption.redemption_id IS NULL AND reversal.reversal_id IS NULL LIMIT ?1
      """))

  private static let reversalsMatchRedemption = LedgerCheck(
    name: "rewards.reversals_match_redemption",
    sql: SQL(
      "loyalty.check-reward-reversals",
      """
      SELECT redemption.redemption_id, redemption.member_id, coalesce(sum(reversal.quantity), 0), redemption.reversed
      FROM redemption LEFT JOIN redemption_reversal AS reversal ON reversal.redemption_id = redemption.redemption_id
      GROUP BY redemption.redemption_id
      HAVING coalesce(sum(reversal.quantity), 0) <> redemption.reversed
        OR coalesce(sum(reversal.points), 0) <> redemption.reversed * redemption.points LIMIT ?1
      """))

  private static let reversalsMatchLedger = LedgerCheck(
    name: "rewards.reversal_matches_ledger",
    sql: SQL(
      "loyalty.check-reward-reversal-ledger",
      """
      SELECT reversal.reversal_id, reversal.redemption_id, reversal.points, coalesce(line.points, 0)
      FROM redemption_reversal AS reversal
        LEFT JOIN ledger_transaction AS line ON line.subject = reversal.reversal_id AND line.kind = 'spend_reversal'
      WHERE coalesce(line.points, 0) <> reversal.points LIMIT ?1
      """))
}
