internal import Database
internal import Foundation

/// Tickets, as they were bought.
enum TicketStore {
  static func insert(_ purchase: TicketPurchase, _ transaction: Transaction) throws {
    try transaction.run(
      insertPurchase,
      [
        .text(purchase.drawCode), .integer(purchase.firstNumber), .text(purchase.purchaseID), .text(purchase.memberID),
        .integer(purchase.tickets), .integer(purchase.points), .blob(purchase.chain), .text(purchase.storeID), .text(purchase.clientID),
        .text(purchase.staffID), .text(purchase.reference), .time(purchase.boughtAt),
      ])
  }

  static func find(_ purchaseID: String, _ reader: some Queryable) throws -> TicketPurchase? {
    try reader.first(findPurchase, [.text(purchaseID)], TicketPurchase.init(row:))
  }

  /// Whose a number is.
  static func owner(of number: Int64, in drawCode: String, _ reader: some Queryable) throws -> String {
    guard let owner = try reader.first(findOwner, [.text(drawCode), .integer(number)], { $0.text(0) }) else {
      throw LedgerFault("a number was sold to nobody")
    }
    return owner
  }

  static func tickets(of memberID: String, in drawCode: String, _ reader: some Queryable) throws -> Int64 {
    try reader.first(countTickets, [.text(memberID), .text(drawCode)]) { $0.int64(0) } ?? 0
  }

  /// In the order of their numbers.
  static func list(of drawCode: String, after number: Int64, limit: Int, _ reader: some Queryable) throws -> [TicketPurchase] {
    try reader.all(listPurchases, [.text(drawCode), .integer(number), .integer(limit)], TicketPurchase.init(row:))
  }

  private static let columns =
    """
    draw_code, first_number, purchase_id, member_id, tickets, points, chain, store_id, client_id, staff_id, reference, bought_at
    """

  private static let insertPurchase = SQL(
    "loyalty.insert-ticket-purchase",
    "INSERT INTO ticket_purchase (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12)")

  private static let findPurchase = SQL(
    "loyalty.find-ticket-purchase", "SELECT \(columns) FROM ticket_purchase WHERE purchase_id = ?1")

  private static let findOwner = SQL(
    "loyalty.owner-of-ticket",
    "SELECT member_id FROM ticket_purchase WHERE draw_code = ?1 AND first_number <= ?2 ORDER BY first_number DESC LIMIT 1")

  private static let countTickets = SQL(
    "loyalty.count-tickets", "SELECT coalesce(sum(tickets), 0) FROM ticket_purchase WHERE member_id = ?1 AND draw_code = ?2")

  private static let listPurchases = SQL(
    "loyalty.list-ticket-purchases",
    "SELECT \(columns) FROM ticket_purchase WHERE draw_code = ?1 AND first_number > ?2 ORDER BY first_number LIMIT ?3")
}

extension TicketPurchase {
  fileprivate init(row: Row) {
    self.init(
      purchaseID: row.text(2), drawCode: row.text(0), memberID: row.text(3), firstNumber: row.int64(1), tickets: row.int64(4),
      points: row.int64(5), chain: row.blob(6), storeID: row.text(7), clientID: row.text(8), staffID: row.text(9), reference: row.text(10),
      boughtAt: row.time(11))
  }
}
