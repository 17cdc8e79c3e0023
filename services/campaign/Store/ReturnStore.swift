import Database
import Foundation

/// Returns that were taken note of, each once.
enum ReturnStore {
  /// How many uses the return gave back; nil when it is new.
  static func usesGivenBack(by returnID: String, in source: some Queryable) throws -> Int64? {
    try source.first(byID, [.text(returnID)]) { $0.int64(0) }
  }

  /// Whether an earlier return has brought the whole order back.
  static func hasReversed(_ orderID: String, in source: some Queryable) throws -> Bool {
    try source.first(wholeReturn, [.text(orderID)]) { $0.int64(0) } != nil
  }

  static func insert(
    _ returnID: String, of orderID: String, isWholeOrder: Bool, usesGivenBack: Int64, at instant: Date, in transaction: Transaction
  ) throws {
    try transaction.run(
      insert, [.text(returnID), .text(orderID), .bool(isWholeOrder), .integer(usesGivenBack), .time(instant)])
  }

  private static let byID = SQL(
    "campaign.find-return", "SELECT uses_given_back FROM hold_returns WHERE return_id = ?1")
  private static let wholeReturn = SQL(
    "campaign.find-whole-return", "SELECT 1 FROM hold_returns WHERE order_id = ?1 AND is_whole_order = 1 LIMIT 1")
  private static let insert = SQL(
    "campaign.insert-return",
    """
    INSERT INTO hold_returns (return_id, order_id, is_whole_order, uses_given_back, create_time) VALUES (?1, ?2, ?3, ?4, ?5)
    """)
}
