internal import Database
internal import Foundation

/// Which lots points were drawn from, in spending order: of what is set aside and of what was spent.
enum LotDrawStore {
  static func insert(_ draws: [LotDraw], of spender: PointSpender, _ transaction: Transaction) throws {
    for (position, draw) in draws.enumerated() {
      try transaction.run(
        spender.statements.insert, [.text(spender.id), .integer(position), .text(draw.lotID), .integer(draw.points)])
    }
  }

  static func draws(of spender: PointSpender, _ reader: some Queryable) throws -> [GiveBack.SpentDraw] {
    try reader.all(spender.statements.find, [.text(spender.id)]) { row in
      GiveBack.SpentDraw(
        position: row.int(0), lotID: row.text(1), expiresAt: row.time(2), points: row.int64(3), givenBack: row.int64(4))
    }
  }

  static func giveBack(_ part: GiveBack.Part, of spender: PointSpender, _ transaction: Transaction) throws {
    try transaction.run(spender.statements.giveBack, [.text(spender.id), .integer(part.position), .integer(part.points)])
  }

  fileprivate struct Statements {
    var insert: SQL
    var find: SQL
    var giveBack: SQL
  }

  fileprivate static let ofOrders = Statements(
    insert: SQL("loyalty.insert-draw", "INSERT INTO hold_draw (order_id, position, lot_id, points) VALUES (?1, ?2, ?3, ?4)"),
    find: SQL(
      "loyalty.find-draws",
      """
      SELECT draw.position, draw.lot_id, lot.expires_at, draw.points, draw.given_back
      FROM hold_draw AS draw JOIN lot ON lot.lot_id = draw.lot_id
      WHERE draw.order_id = ?1 ORDER BY draw.position
      """),
    giveBack: SQL(
      "loyalty.give-back-draw", "UPDATE hold_draw SET given_back = given_back + ?3 WHERE order_id = ?1 AND position = ?2"))

  fileprivate static let ofRewards = Statements(
    insert: SQL("loyalty.insert-spend-draw", "INSERT INTO spend_draw (spend_id, position, lot_id, points) VALUES (?1, ?2, ?3, ?4)"),
    find: SQL(
      "loyalty.find-spend-draws",
      """
      SELECT draw.position, draw.lot_id, lot.expires_at, draw.points, draw.given_back
      FROM spend_draw AS draw JOIN lot ON lot.lot_id = draw.lot_id
      WHERE draw.spend_id = ?1 ORDER BY draw.position
      """),
    giveBack: SQL(
      "loyalty.give-back-spend-draw", "UPDATE spend_draw SET given_back = given_back + ?3 WHERE spend_id = ?1 AND position = ?2"))
}

extension PointSpender {
  fileprivate var statements: LotDrawStore.Statements {
    switch self {
    case .order: LotDrawStore.ofOrders
    case .reward: LotDrawStore.ofRewards
    }
  }
}
