internal import Database

/// Where the points of an order went on to.
enum LotFamilyStore {
  /// The order's own lot and the lots that came out of it, at most `PointsLimits.maximumLotsFollowed` of them. Nil where the order has none, or no
  /// point of it went anywhere.
  static func family(ofOrder orderID: String, of memberID: String, _ transaction: Transaction) throws -> LotFamily? {
    guard let own = try LotStore.earned(byOrder: orderID, transaction) else { return nil }
    var family = LotFamily(own: own, of: memberID)
    var next = 0
    while next < family.nodes.count {
      let room = PointsLimits.maximumLotsFollowed - (family.nodes.count - 1)
      guard room > 0 else { break }
      let children = try transaction.all(lotsOutOf, [.text(family.nodes[next].lot.lotID), .integer(room)]) { row in
        (lot: try Lot(row: row), memberID: row.text(LotStore.columnCount))
      }
      for (lot, memberID) in children { family.append(lot, of: memberID, from: next) }
      next += 1
    }
    return family.nodes.count > 1 ? family : nil
  }

  // The columns of a lot, named as they are, and whose it is. The largest first: two hundred points sent one by one hide nothing behind them.
  private static let lotsOutOf = SQL(
    "loyalty.lots-out-of-lot",
    """
    SELECT child.*
    FROM (SELECT \(LotStore.columns), member_id FROM lot WHERE source_lot_id = ?1 AND source_lot_id <> '') AS child
      LEFT JOIN point_transfer AS sent ON sent.transfer_id = child.transfer_id
    ORDER BY child.points DESC, coalesce(sent.number, 0), child.lot_id LIMIT ?2
    """)
}
