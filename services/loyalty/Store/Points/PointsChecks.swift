internal import Database

/// Points between people and by hand, against the ledger and the lots.
enum PointsChecks {
  static let all = [
    transfersSumToZero, transferLinesMatch, feesMatchLedger, lotsMatchTransfer, lotsComeFromSender, extensionsMatchLots,
    approvalsMatchLedger,
  ]

  /// What left one member came to the other, and what came back to the one left the other.
  private static let transfersSumToZero = LedgerCheck(
    name: "transfers.sum_to_zero",
    sql: SQL(
      "loyalty.check-transfers-sum-to-zero",
      """
      SELECT moved.transfer_id, '', 0, sum(entry.amount)
      FROM ledger_transaction AS moved
        JOIN ledger_entry AS entry ON entry.member_id = moved.member_id AND entry.number = moved.number
      WHERE moved.transfer_id <> '' AND moved.variant IN ('transfer_out', 'transfer_in', 'transfer_reversal')
        AND entry.account = 'programme_adjusted'
      GROUP BY moved.transfer_id HAVING sum(entry.amount) <> 0 LIMIT ?1
      """))

  private static let transferLinesMatch = LedgerCheck(
    name: "transfers.lines_match_transfer",
    sql: SQL(
      "loyalty.check-transfer-lines",
      """
      SELECT sent.transfer_id, sent.from_member_id, sent.points - sent.reversed_points - sent.taken_back_points,
        coalesce(side.out_points, 0) - coalesce(side.back_points, 0)
      FROM point_transfer AS sent LEFT JOIN (
        SELECT moved.transfer_id,
          sum(CASE WHEN moved.variant = 'transfer_out' THEN entry.amount ELSE 0 END) AS out_points,
          sum(CASE WHEN moved.variant = 'transfer_in' THEN -entry.amount ELSE 0 END) AS in_points,
          sum(CASE WHEN moved.variant = 'transfer_reversal' AND entry.amount > 0 THEN entry.amount ELSE 0 END) AS back_points
        FROM ledger_transaction AS moved
          JOIN ledger_entry AS entry ON entry.member_id = moved.member_id AND entry.number = moved.number
        WHERE moved.transfer_id <> '' AND entry.account = 'programme_adjusted' GROUP BY moved.transfer_id
      ) AS side ON side.transfer_id = sent.transfer_id
      WHERE coalesce(side.out_points, 0) <> sent.points OR coalesce(side.in_points, 0) <> sent.points
        OR coalesce(side.back_points, 0) <> sent.reversed_points + sent.taken_back_points LIMIT ?1
      """))

  private static let feesMatchLedger = LedgerCheck(
    name: "transfers.fee_matches_ledger",
    sql: SQL(
      "loyalty.check-transfer-fees",
      """
      SELECT sent.transfer_id, sent.from_member_id, sent.fee, -coalesce(sum(line.points), 0)
      FROM point_transfer AS sent
        LEFT JOIN ledger_transaction AS line ON line.transfer_id = sent.transfer_id AND line.transfer_id <> ''
          AND line.variant = 'transfer_fee' AND line.member_id = sent.from_member_id
      GROUP BY sent.transfer_id HAVING -coalesce(sum(line.points), 0) <> sent.fee LIMIT ?1
      """))

  private static let lotsMatchTransfer = LedgerCheck(
    name: "transfers.lots_match_transfer",
    sql: SQL(
      "loyalty.check-transfer-lots",
      """
      SELECT sent.transfer_id, sent.to_member_id, sent.points, coalesce(sum(lot.points), 0)
      FROM point_transfer AS sent
        LEFT JOIN lot ON lot.transfer_id = sent.transfer_id AND lot.transfer_id <> '' AND lot.member_id = sent.to_member_id
      GROUP BY sent.transfer_id HAVING coalesce(sum(lot.points), 0) <> sent.points LIMIT ?1
      """))

  /// A lot that came out of another is the sender's, or the member's own; and a transfer prolonged no life: it ends with that one, unless either
  /// was extended by hand.
  private static let lotsComeFromSender = LedgerCheck(
    name: "transfers.lots_come_from_sender",
    sql: SQL(
      "loyalty.check-linked-lots",
      """
      SELECT lot.lot_id, lot.source_lot_id, coalesce(source.expires_at, 0), lot.expires_at
      FROM lot
        LEFT JOIN lot AS source ON source.lot_id = lot.source_lot_id
        LEFT JOIN point_transfer AS sent ON sent.transfer_id = lot.transfer_id
      WHERE lot.source_lot_id <> '' AND (source.lot_id IS NULL
        OR source.member_id <> CASE WHEN lot.transfer_id = '' THEN lot.member_id ELSE coalesce(sent.from_member_id, '') END
        OR (lot.transfer_id <> '' AND lot.expires_at > source.expires_at
          AND NOT EXISTS (SELECT 1 FROM lot_extension AS longer WHERE longer.lot_id = lot.lot_id)))
      LIMIT ?1
      """))

  /// What was approved was done, to the member whom it was asked for.
  private static let approvalsMatchLedger = LedgerCheck(
    name: "adjustments.approvals_match_ledger",
    sql: SQL(
      "loyalty.check-approvals",
      """
      SELECT asked.adjustment_id, asked.member_id, asked.is_approval, CASE WHEN line.entry_id IS NULL THEN 0 ELSE 1 END
      FROM adjustment_request AS asked
        LEFT JOIN ledger_transaction AS line ON line.entry_id = asked.entry_id AND line.member_id = asked.member_id AND line.kind = 'adjust'
      WHERE (asked.is_approval = 1 AND line.entry_id IS NULL) OR (asked.is_approval = 0 AND asked.entry_id <> '') LIMIT ?1
      """))

  private static let extensionsMatchLots = LedgerCheck(
    name: "lots.extensions_match",
    sql: SQL(
      "loyalty.check-lot-extensions",
      """
      SELECT longer.entry_id, longer.lot_id, longer.new_end, lot.expires_at
      FROM lot_extension AS longer
        JOIN lot ON lot.lot_id = longer.lot_id
        LEFT JOIN ledger_transaction AS line ON line.entry_id = longer.entry_id AND line.variant = 'extension'
          AND line.member_id = longer.member_id
      WHERE lot.expires_at < longer.new_end OR lot.member_id <> longer.member_id OR line.entry_id IS NULL LIMIT ?1
      """))
}
