internal import Database
internal import Foundation
internal import PatronAPI
internal import ServiceKit

/// A draw's end, in one write of its row: of two at once the second finds what the first did.
enum DrawRunner {
  /// Draws the winners, and records them.
  static func run(_ code: String, at instant: Date, eventID: String, _ transaction: Transaction) throws -> PrizeDraw {
    var draw = try DrawStore.take(code, transaction)
    switch draw.state {
    case .drawn: return draw
    case .cancelled: throw DrawRefusal.state(draw.state)
    case .open: break
    }
    guard draw.closesAt <= instant else { throw DrawRefusal.notClosed }
    let sold = draw
    let numbers = DrawLots.winners(of: sold.prizeStock, among: sold.tickets) { counter in
      Digests.hmac(DrawLots.message(of: sold, counter), key: sold.seed)
    }
    let winners = try numbers.enumerated().map { index, number in
      let place = Int64(index + 1)
      return DrawWinner(
        place: place, prize: sold.prize(ofPlace: place), number: number,
        memberID: try TicketStore.owner(of: number, in: code, transaction))
    }
    try DrawStore.insert(winners, of: code, transaction)
    (draw.state, draw.resolvedAt) = (.drawn, instant)
    try resolve(draw, owing: winners.contains { draw.prizes[$0.prize].points > 0 }, eventID: eventID, transaction)
    return draw
  }

  /// Calls it off, before it is run; from then on its tickets' points are given back.
  static func cancel(
    _ code: String, reason: String, at instant: Date, eventID: String, _ transaction: Transaction
  ) throws -> PrizeDraw {
    var draw = try DrawStore.take(code, transaction)
    switch draw.state {
    case .cancelled: return draw
    case .drawn: throw DrawRefusal.state(draw.state)
    case .open: break
    }
    (draw.state, draw.resolvedAt, draw.reason) = (.cancelled, instant, reason)
    try resolve(draw, owing: draw.tickets > 0, eventID: eventID, transaction)
    return draw
  }

  private static func resolve(_ draw: PrizeDraw, owing: Bool, eventID: String, _ transaction: Transaction) throws {
    try DrawStore.resolve(draw, owing: owing, transaction)
    try transaction.append(
      OutboxEvent(
        id: eventID, type: "loyalty.draw_resolved.v1", aggregateType: "draw", aggregateID: draw.code,
        time: draw.resolvedAt ?? draw.closesAt,
        payload: LoyaltyV1.DrawResolved(draw: LoyaltyV1.Draw(draw)).encoded()))
  }
}
