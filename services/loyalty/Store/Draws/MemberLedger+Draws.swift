internal import Database
internal import Foundation

// Tickets bought and given back, points won. A purchase takes the draw's row after the member's.
extension MemberLedger {
  /// - Parameter digest: SHA-256.
  mutating func buy(
    _ tickets: Int64, of drawCode: String, as purchaseID: String, reference: String, origin: LedgerOrigin, digest: ([UInt8]) -> [UInt8]
  ) throws {
    let tierCode = try balance().tier.tier.code
    let draw = try DrawStore.take(drawCode, transaction)
    guard draw.state == .open else { throw DrawRefusal.state(draw.state) }
    if instant < draw.opensAt { throw DrawRefusal.notBegun }
    if draw.closesAt <= instant { throw DrawRefusal.closed }
    guard draw.tierCodes.isEmpty || draw.tierCodes.contains(tierCode) else { throw DrawRefusal.tier }
    if draw.memberTickets > 0 {
      let left = draw.memberTickets - (try TicketStore.tickets(of: memberID, in: drawCode, transaction))
      guard tickets <= left else { throw DrawRefusal.ticketLimit(left: max(0, left)) }
    }
    let points = tickets * draw.ticketPoints
    try takeSpendable(points)
    var spend = entry(.ticket, subject: purchaseID, id: ids.nextEntry(), origin: origin, reason: drawCode)
    let draws = try drawSpendable(points)
    for draw in draws {
      spend.move(draw.points, from: .memberPoints, draw.lotID, to: .programmeRedeemed)
      try LotStore.apply(LotStore.Change(remaining: -draw.points), to: draw.lotID, transaction)
    }
    try LotDrawStore.insert(draws, of: .reward(purchaseID), transaction)
    try post(spend, alreadyTaken: points)
    let first = draw.tickets + 1
    let purchase = TicketPurchase(
      purchaseID: purchaseID, drawCode: drawCode, memberID: memberID, firstNumber: first, tickets: tickets, points: points,
      chain: digest(TicketPurchase.link(after: draw.chain, firstNumber: first, tickets: tickets, purchaseID: purchaseID)),
      storeID: origin.storeID, clientID: origin.clientID, staffID: origin.staffID, reference: reference, boughtAt: instant)
    try TicketStore.insert(purchase, transaction)
    try DrawStore.sold(purchase, transaction)
    try announce(spend, of: drawCode)
  }

  /// Points that were won, once a place, as a lot of the rule in force.
  mutating func receive(_ points: Int64, wonIn drawCode: String, place: Int64) throws {
    let subject = "prize:\(drawCode):\(place)"
    guard try !LedgerStore.exists(.prize, subject: subject, transaction) else { return }
    let rule = program.rule
    var prize = entry(.prize, subject: subject, id: ids.nextEntry(), origin: .programme(ruleVersion: rule.version), reason: drawCode)
    var lot = newLot(
      .adjustment, orderID: "", points: points, ruleVersion: rule.version, activatesAt: instant, expiresAt: rule.expiry(of: instant))
    lot.drawCode = drawCode
    try LotStore.insert(lot, of: memberID, transaction)
    prize.move(points, from: .programmeIssued, to: .memberPoints, lot.lotID)
    try post(prize)
    try repayDebt(subject: subject, origin: prize.origin)
    try announce(prize, of: drawCode)
  }

  /// The tickets' points, to their lots, once a purchase.
  mutating func giveBack(_ purchase: TicketPurchase) throws {
    guard try !LedgerStore.exists(.ticketReversal, subject: purchase.purchaseID, transaction) else { return }
    var reversal = entry(
      .ticketReversal, subject: purchase.purchaseID, id: ids.nextEntry(), origin: purchase.origin, reason: purchase.drawCode)
    try giveBack(purchase.points, to: .reward(purchase.purchaseID), by: &reversal, graceBy: program.rule)
    try post(reversal)
    try repayDebt(subject: purchase.purchaseID, origin: purchase.origin)
    try announce(reversal, of: purchase.drawCode)
  }
}
