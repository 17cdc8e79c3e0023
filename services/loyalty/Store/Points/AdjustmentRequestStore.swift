internal import Database
internal import Foundation
internal import PatronAPI
internal import ProtobufC

/// Adjustments that wait for a second person, and those that were decided.
enum AdjustmentRequestStore {
  static func insert(_ request: AdjustmentRequest, _ transaction: Transaction) throws {
    try transaction.run(
      insertRequest,
      [
        .text(request.adjustmentID), .text(request.memberID), .blob(LoyaltyV1.Adjustment(request.adjustment).encoded()),
        .text(request.reason), .text(request.origin.clientID), .text(request.origin.staffID), .time(request.createdAt),
        .time(request.lapsesAt),
      ])
  }

  static func find(_ adjustmentID: String, _ reader: some Queryable) throws -> AdjustmentRequest? {
    try reader.first(findRequest, [.text(adjustmentID)], AdjustmentRequest.init(row:))
  }

  /// Writes the decision down; false where there was one, or it is too late for any.
  static func decide(_ adjustmentID: String, _ decision: AdjustmentRequest.Decision, _ transaction: Transaction) throws -> Bool {
    let rows = try transaction.run(
      decideRequest,
      [
        .text(adjustmentID), .time(decision.at), .integer(decision.isApproval ? 1 : 0), .text(decision.reason),
        .text(decision.origin.clientID), .text(decision.origin.staffID),
      ])
    return rows == 1
  }

  static func setEntry(_ entryID: String, of adjustmentID: String, _ transaction: Transaction) throws {
    guard try transaction.run(setEntryOf, [.text(adjustmentID), .text(entryID)]) == 1 else { throw LedgerFault("a request is gone") }
  }

  /// Newest first; of one member, or of all.
  static func list(
    of memberID: String, before key: (createdAt: Int64, adjustmentID: String)?, pendingAt instant: Date?, limit: Int,
    _ reader: some Queryable
  ) throws -> [AdjustmentRequest] {
    try reader.all(
      memberID.isEmpty ? listRequests : listOfMember,
      [
        .integer(key?.createdAt ?? .max), .text(key?.adjustmentID ?? ""), .integer(limit), .optional(instant),
      ] + (memberID.isEmpty ? [] : [.text(memberID)]), AdjustmentRequest.init(row:))
  }

  private static let columns =
    """
    adjustment_id, member_id, terms, reason, client_id, staff_id, created_at, lapses_at, decided_at, is_approval, decision_reason,
    decision_client_id, decision_staff_id, entry_id
    """

  private static let insertRequest = SQL(
    "loyalty.insert-adjustment-request",
    """
    INSERT INTO adjustment_request (adjustment_id, member_id, terms, reason, client_id, staff_id, created_at, lapses_at)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)
    """)

  private static let findRequest = SQL(
    "loyalty.find-adjustment-request", "SELECT \(columns) FROM adjustment_request WHERE adjustment_id = ?1")

  private static let decideRequest = SQL(
    "loyalty.decide-adjustment-request",
    """
    UPDATE adjustment_request SET decided_at = ?2, is_approval = ?3, decision_reason = ?4, decision_client_id = ?5, decision_staff_id = ?6
    WHERE adjustment_id = ?1 AND decided_at IS NULL AND lapses_at > ?2
    """)

  private static let setEntryOf = SQL(
    "loyalty.set-adjustment-entry", "UPDATE adjustment_request SET entry_id = ?2 WHERE adjustment_id = ?1")

  private static func list(_ name: StaticString, where condition: String) -> SQL {
    SQL(
      name,
      """
      SELECT \(columns) FROM adjustment_request
      WHERE \(condition)(created_at < ?1 OR (created_at = ?1 AND adjustment_id < ?2))
        AND (CAST(?4 AS BIGINT) IS NULL OR (decided_at IS NULL AND lapses_at > CAST(?4 AS BIGINT)))
      ORDER BY created_at DESC, adjustment_id DESC LIMIT ?3
      """)
  }

  private static let listRequests = list("loyalty.adjustment-requests", where: "")
  private static let listOfMember = list("loyalty.adjustment-requests-of-member", where: "member_id = ?5 AND ")
}

extension AdjustmentRequest {
  fileprivate init(row: Row) throws {
    guard let adjustment = Adjustment(try LoyaltyV1.Adjustment(decoding: row.blob(2))) else {
      throw LedgerFault("a request asks for nothing that is known")
    }
    self.init(
      adjustmentID: row.text(0), memberID: row.text(1), adjustment: adjustment, reason: row.text(3),
      origin: LedgerOrigin(clientID: row.text(4), staffID: row.text(5)), createdAt: row.time(6), lapsesAt: row.time(7),
      decision: row.optionalTime(8).map {
        Decision(
          isApproval: row.int64(9) == 1, at: $0, reason: row.text(10), origin: LedgerOrigin(clientID: row.text(11), staffID: row.text(12)))
      }, entryID: row.text(13))
  }
}
