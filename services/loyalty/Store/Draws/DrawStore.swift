internal import Database
internal import Foundation

/// Draws, their prizes and winners.
enum DrawStore {
  static func find(_ code: String, _ reader: some Queryable) throws -> PrizeDraw? {
    try reader.first(findDraw, [.text(code)], PrizeDraw.init(row:)).map { try withPrizes($0, reader) }
  }

  /// The same, and takes the draw's row for this write, after the member's: tickets have their numbers in the order in which they get it.
  static func take(_ code: String, _ transaction: Transaction) throws -> PrizeDraw {
    guard let draw = try transaction.first(takeDraw, [.text(code)], PrizeDraw.init(row:)) else { throw DrawRefusal.drawUnknown }
    return try withPrizes(draw, transaction)
  }

  static func insert(_ draw: PrizeDraw, _ transaction: Transaction) throws {
    try transaction.run(
      insertDraw,
      [
        .text(draw.code), .text(draw.name), .integer(draw.ticketPoints), .integer(draw.memberTickets), .time(draw.opensAt),
        .time(draw.closesAt), .text(draw.tierCodes.joined(separator: "\n")), .blob(draw.seed), .blob(draw.seedDigest), .blob(draw.chain),
        .time(draw.publishedAt),
      ])
    for (position, prize) in draw.prizes.enumerated() {
      try transaction.run(
        insertPrize,
        [
          .text(draw.code), .integer(position), .text(prize.name), .text(prize.rewardCode), .integer(prize.points), .integer(prize.stock),
        ])
    }
  }

  static func sold(_ purchase: TicketPurchase, _ transaction: Transaction) throws {
    let rows = try transaction.run(addTickets, [.text(purchase.drawCode), .integer(purchase.tickets), .blob(purchase.chain)])
    guard rows == 1 else { throw LedgerFault("a draw's row is gone") }
  }

  /// open → drawn or cancelled. From now on members may wait for points.
  static func resolve(_ draw: PrizeDraw, owing: Bool, _ transaction: Transaction) throws {
    let rows = try transaction.run(
      resolveDraw,
      [.text(draw.code), .text(draw.state.rawValue), .optional(draw.resolvedAt), .text(draw.reason), .bool(owing)])
    guard rows == 1 else { throw LedgerFault("a draw was resolved twice") }
  }

  static func insert(_ winners: [DrawWinner], of code: String, _ transaction: Transaction) throws {
    for winner in winners {
      try transaction.run(
        insertWinner,
        [.text(code), .integer(winner.place), .integer(winner.prize), .integer(winner.number), .text(winner.memberID)])
    }
  }

  static func winners(of code: String, after place: Int64, limit: Int, _ reader: some Queryable) throws -> [DrawWinner] {
    try reader.all(listWinners, [.text(code), .integer(place), .integer(limit)]) { row in
      DrawWinner(place: row.int64(0), prize: row.int(1), number: row.int64(2), memberID: row.text(3))
    }
  }

  // MARK: Settling

  /// A resolved draw whose members wait for points, and up to where they have them.
  struct Owing: Equatable {
    var code: String
    var state: PrizeDraw.State
    var settledThrough: Int64
  }

  static func owing(after code: String, _ reader: some Queryable) throws -> Owing? {
    try reader.first(findOwing, [.text(code)], Owing.init(row:))
  }

  static func settle(_ code: String, through number: Int64, isDone: Bool, _ transaction: Transaction) throws {
    try transaction.run(settleDraw, [.text(code), .integer(number), .bool(!isDone)])
  }

  private static func withPrizes(_ draw: PrizeDraw, _ reader: some Queryable) throws -> PrizeDraw {
    var draw = draw
    draw.prizes = try reader.all(prizesOfDraw, [.text(draw.code)]) { row in
      PrizeDraw.Prize(name: row.text(0), rewardCode: row.text(1), points: row.int64(2), stock: row.int64(3))
    }
    return draw
  }

  // MARK: SQL

  private static let columns =
    """
    code, name, ticket_points, member_tickets, opens_at, closes_at, tier_codes, seed, seed_digest, state, tickets, chain, published_at,
    resolved_at, reason
    """

  private static let findDraw = SQL("loyalty.find-draw", "SELECT \(columns) FROM prize_draw WHERE code = ?1")
  private static let takeDraw = SQL("loyalty.take-draw", "SELECT \(columns) FROM prize_draw WHERE code = ?1", locksRow: true)

  private static let insertDraw = SQL(
    "loyalty.insert-prize-draw",
    """
    INSERT INTO prize_draw (code, name, ticket_points, member_tickets, opens_at, closes_at, tier_codes, seed, seed_digest, chain,
      published_at, state)
    VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, 'open')
    """)

  private static let insertPrize = SQL(
    "loyalty.insert-draw-prize",
    "INSERT INTO draw_prize (draw_code, position, name, reward_code, points, stock) VALUES (?1, ?2, ?3, ?4, ?5, ?6)")

  private static let prizesOfDraw = SQL(
    "loyalty.prizes-of-draw", "SELECT name, reward_code, points, stock FROM draw_prize WHERE draw_code = ?1 ORDER BY position")

  private static let addTickets = SQL(
    "loyalty.add-tickets", "UPDATE prize_draw SET tickets = tickets + ?2, chain = ?3 WHERE code = ?1 AND state = 'open'")

  private static let resolveDraw = SQL(
    "loyalty.resolve-draw",
    "UPDATE prize_draw SET state = ?2, resolved_at = ?3, reason = ?4, owes = ?5 WHERE code = ?1 AND state = 'open'")

  private static let insertWinner = SQL(
    "loyalty.insert-draw-winner",
    "INSERT INTO draw_winner (draw_code, place, prize, number, member_id) VALUES (?1, ?2, ?3, ?4, ?5)")

  private static let listWinners = SQL(
    "loyalty.list-draw-winners",
    """
    SELECT place, prize, number, member_id FROM draw_winner WHERE draw_code = ?1 AND place > ?2 ORDER BY place LIMIT ?3
    """)

  private static let findOwing = SQL(
    "loyalty.owing-draws", "SELECT code, state, settled_through FROM prize_draw WHERE owes = 1 AND code > ?1 ORDER BY code LIMIT 1")

  private static let settleDraw = SQL(
    "loyalty.settle-draw",
    "UPDATE prize_draw SET settled_through = ?2, owes = ?3 WHERE code = ?1 AND settled_through <= ?2 AND owes = 1")
}

extension PrizeDraw {
  fileprivate init(row: Row) throws {
    guard let state = State(rawValue: row.text(9)) else { throw LedgerFault("a draw has no known state") }
    self.init(
      code: row.text(0), name: row.text(1), ticketPoints: row.int64(2), memberTickets: row.int64(3), opensAt: row.time(4),
      closesAt: row.time(5), tierCodes: row.text(6).split(separator: "\n").map(String.init), prizes: [], seed: row.blob(7),
      seedDigest: row.blob(8), state: state, tickets: row.int64(10), chain: row.blob(11), publishedAt: row.time(12),
      resolvedAt: row.optionalTime(13), reason: row.text(14))
  }
}

extension DrawStore.Owing {
  fileprivate init(row: Row) throws {
    guard let state = PrizeDraw.State(rawValue: row.text(1)) else { throw LedgerFault("a draw has no known state") }
    self.init(code: row.text(0), state: state, settledThrough: row.int64(2))
  }
}
