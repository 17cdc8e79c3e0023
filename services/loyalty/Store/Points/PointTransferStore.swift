internal import Database
internal import Foundation

/// Transfers of points.
enum PointTransferStore {
  static func insert(_ transfer: PointTransfer, _ transaction: Transaction) throws {
    try transaction.run(
      insertTransfer,
      [
        .text(transfer.transferID), .text(transfer.reference), .text(transfer.fromMemberID), .text(transfer.toMemberID),
        .text(transfer.kind.rawValue), .integer(transfer.points), .integer(transfer.fee), .text(transfer.messageKey),
        .text(transfer.origin.storeID), .text(transfer.origin.clientID), .text(transfer.origin.staffID), .integer(transfer.policyVersion),
        .integer(transfer.number), .time(transfer.createdAt),
      ])
  }

  static func find(_ transferID: String, _ reader: some Queryable) throws -> PointTransfer? {
    try reader.first(findTransfer, [.text(transferID)], PointTransfer.init(row:))
  }

  /// Sent and received, newest first.
  static func list(
    of memberID: String, before key: (createdAt: Int64, transferID: String)?, limit: Int, _ reader: some Queryable
  ) throws -> [PointTransfer] {
    try reader.all(
      transfersOfMember, [.text(memberID), .integer(key?.createdAt ?? .max), .text(key?.transferID ?? ""), .integer(limit)],
      PointTransfer.init(row:))
  }

  /// What the sender sent and the receiver was sent, in the day and the month that begin with these instants. A reversed part leaves its room.
  static func use(
    from sender: String, to receiver: String, day: Date, month: Date, _ transaction: Transaction
  ) throws -> TransferPolicy.Use {
    let sent = try transaction.first(sumSent, [.text(sender), .time(day), .time(month)]) { (today: $0.int64(0), thisMonth: $0.int64(1)) }
    let received = try transaction.first(sumReceived, [.text(receiver), .time(month)]) { $0.int64(0) }
    return TransferPolicy.Use(sentToday: sent?.today ?? 0, sentThisMonth: sent?.thisMonth ?? 0, receivedThisMonth: received ?? 0)
  }

  /// Marks the transfer as reversed; false where it was so already.
  static func reverse(_ transferID: String, points: Int64, _ reversal: PointTransfer.Reversal, _ transaction: Transaction) throws -> Bool {
    let rows = try transaction.run(
      reverseTransfer,
      [
        .text(transferID), .integer(points), .time(reversal.at), .text(reversal.reason), .text(reversal.origin.clientID),
        .text(reversal.origin.staffID),
      ])
    return rows == 1
  }

  static func addTakenBack(_ points: Int64, to transferID: String, _ transaction: Transaction) throws {
    guard try transaction.run(takeBack, [.text(transferID), .integer(points)]) == 1 else { throw LedgerFault("a transfer is gone") }
  }

  /// What the transfer brought its receiver, as it is now.
  static func lots(of transferID: String, _ transaction: Transaction) throws -> [Lot] {
    try transaction.all(lotsOfTransfer, [.text(transferID)], Lot.init(row:))
  }

  private static let columns =
    """
    transfer_id, reference, from_member_id, to_member_id, kind, points, fee, message_key, store_id, client_id, staff_id, policy_version,
    number, created_at, reversed_points, taken_back_points, reversed_at, reverse_reason, reverse_client_id, reverse_staff_id
    """

  private static let insertTransfer = SQL(
    "loyalty.insert-point-transfer",
    """
    INSERT INTO point_transfer (transfer_id, reference, from_member_id, to_member_id, kind, points, fee, message_key, store_id, client_id,
      staff_id, policy_version, number, created_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13, ?14)
    """)

  private static let findTransfer = SQL(
    "loyalty.find-point-transfer", "SELECT \(columns) FROM point_transfer WHERE transfer_id = ?1")

  private static let transfersOfMember = SQL(
    "loyalty.point-transfers",
    """
    SELECT \(columns) FROM point_transfer
    WHERE from_member_id = ?1 AND (created_at < ?2 OR (created_at = ?2 AND transfer_id < ?3))
    UNION ALL
    SELECT \(columns) FROM point_transfer
    WHERE to_member_id = ?1 AND (created_at < ?2 OR (created_at = ?2 AND transfer_id < ?3))
    ORDER BY created_at DESC, transfer_id DESC LIMIT ?4
    """)

  private static let sumSent = SQL(
    "loyalty.sum-sent-points",
    """
    SELECT coalesce(sum(CASE WHEN created_at >= ?2 THEN points - reversed_points ELSE 0 END), 0), coalesce(sum(points - reversed_points), 0)
    FROM point_transfer WHERE from_member_id = ?1 AND created_at >= ?3
    """)

  private static let sumReceived = SQL(
    "loyalty.sum-received-points",
    "SELECT coalesce(sum(points - reversed_points), 0) FROM point_transfer WHERE to_member_id = ?1 AND created_at >= ?2")

  private static let reverseTransfer = SQL(
    "loyalty.reverse-point-transfer",
    """
    UPDATE point_transfer SET reversed_points = ?2, reversed_at = ?3, reverse_reason = ?4, reverse_client_id = ?5, reverse_staff_id = ?6
    WHERE transfer_id = ?1 AND reversed_at IS NULL
    """)

  private static let takeBack = SQL(
    "loyalty.take-back-point-transfer",
    "UPDATE point_transfer SET taken_back_points = taken_back_points + ?2 WHERE transfer_id = ?1")

  private static let lotsOfTransfer = SQL(
    "loyalty.lots-of-point-transfer",
    "SELECT \(LotStore.columns) FROM lot WHERE transfer_id = ?1 AND transfer_id <> '' ORDER BY expires_at, earned_at, lot_id")
}

extension PointTransfer {
  fileprivate init(row: Row) throws {
    guard let kind = Kind(rawValue: row.text(4)) else { throw LedgerFault("a transfer has no known kind") }
    self.init(
      transferID: row.text(0), reference: row.text(1), fromMemberID: row.text(2), toMemberID: row.text(3), kind: kind, points: row.int64(5),
      fee: row.int64(6), messageKey: row.text(7),
      origin: LedgerOrigin(clientID: row.text(9), staffID: row.text(10), storeID: row.text(8), transferID: row.text(0)),
      policyVersion: row.int64(11), number: row.int64(12), createdAt: row.time(13), reversedPoints: row.int64(14),
      takenBackPoints: row.int64(15),
      reversal: row.optionalTime(16).map {
        Reversal(at: $0, reason: row.text(17), origin: LedgerOrigin(clientID: row.text(18), staffID: row.text(19)))
      })
  }
}
