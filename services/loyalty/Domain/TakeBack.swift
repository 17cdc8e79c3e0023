/// Where a return takes earned points from. Each source is used up before the next is touched.
///
/// 1. The order's own lot: what remains of it, pending or active.
/// 2. What of that lot expired unspent. Those points have left the member already, and taking their number out of other lots
///    would remove 100 for 50 earned, so they are only booked from "expired" back to "issued".
/// 3. The member's other lots, earliest expiry first.
/// 4. Debt, shown apart and repaid by the next points that come in.
struct TakeBack: Equatable, Sendable {
  var ownLot: [LotDraw]
  var alreadyExpired: [LotDraw]
  var otherLots: [LotDraw]
  var debt: Int64

  static let nothing = TakeBack(ownLot: [], alreadyExpired: [], otherLots: [], debt: 0)

  /// `lots` in spending order; the order's own are recognised by their source and order.
  static func plan(_ points: Int64, ofOrder orderID: String, from lots: [Lot]) -> TakeBack {
    let isOwn = { (lot: Lot) in lot.source == .order && lot.orderID == orderID }
    let own = lots.filter(isOwn)
    let (ownDraws, afterOwn) = LotDraw.draw(points, from: own.map { ($0.lotID, $0.remaining) })
    let (expired, afterExpired) = LotDraw.draw(afterOwn, from: own.map { ($0.lotID, $0.expired) })
    let (others, debt) = LotDraw.draw(afterExpired, from: lots.filter { !isOwn($0) }.map { ($0.lotID, $0.remaining) })
    return TakeBack(ownLot: ownDraws, alreadyExpired: expired, otherLots: others, debt: debt)
  }
}
