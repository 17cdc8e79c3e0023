import Foundation

@testable import Loyalty

/// A lot on somebody's paper.
struct ModelLot: Hashable {
  var member: String
  var index: Int
}

/// Several members' papers: what goes from one to another, and back.
extension [String: PointsModel] {
  /// False: refused for lack of points.
  mutating func transfer(_ id: String, _ points: Int64, fee: Int64, from sender: String, to receiver: String, at now: Date) -> Bool {
    guard points + fee <= self[sender]?.spendable(at: now) ?? 0 else { return false }
    for member in [sender, receiver] { self[member]?.lapse(at: now) }
    for (index, sent) in self[sender]?.takeForTransfer(points, fee: fee, at: now) ?? [] {
      guard let lot = self[sender]?.lots[index], let copy = self[receiver]?.receive(sent, of: lot, as: id) else { continue }
      self[sender]?.link(index, to: ModelLot(member: receiver, index: copy))
      self[receiver]?.setSource(of: copy, ModelLot(member: sender, index: index))
    }
    self[receiver]?.repayDebt()
    return true
  }

  /// What came back.
  mutating func reverseTransfer(_ id: String, from sender: String, to receiver: String, at now: Date) -> Int64 {
    for member in [sender, receiver] { self[member]?.lapse(at: now) }
    var points: Int64 = 0
    for (index, lot) in (self[receiver]?.lots ?? []).enumerated() where lot.transfer == id {
      guard let source = lot.source else { continue }
      self[receiver]?.move(remaining: -lot.remaining, lapsed: 0, at: index)
      self[source.member]?.move(remaining: lot.remaining, lapsed: 0, at: source.index)
      points += lot.remaining
    }
    self[sender]?.lapse(at: now)
    self[sender]?.repayDebt()
    return points
  }

  /// Before a return takes `points` back: what the order's own lot lacks comes back from whoever got it, those who are nearest first.
  mutating func bringBack(_ points: Int64, of order: String, by member: String, at now: Date) {
    for name in keys { self[name]?.lapse(at: now) }
    guard let own = self[member]?.lots.firstIndex(where: { $0.order == order }), let lot = self[member]?.lots[own] else { return }
    var left = points - lot.remaining - lot.lapsed
    // Each with the lot that takes what comes back: the last on the way that nobody sent.
    var queue = [(at: ModelLot(member: member, index: own), into: ModelLot(member: member, index: own))]
    while !queue.isEmpty && left > 0 {
      let (at, into) = queue.removeFirst()
      for child in self[at.member]?.lots[at.index].children ?? [] {
        guard let lot = self[child.member]?.lots[child.index] else { continue }
        queue.append((child, lot.transfer == nil ? child : into))
      }
      guard at != into, let lot = self[at.member]?.lots[at.index] else { continue }
      let remaining = Swift.min(left, lot.remaining)
      let lapsed = Swift.min(left - remaining, lot.lapsed)
      self[at.member]?.move(remaining: -remaining, lapsed: -lapsed, at: at.index)
      self[into.member]?.move(remaining: remaining, lapsed: lapsed, at: into.index)
      left -= remaining + lapsed
    }
  }
}

extension PointsModel {
  fileprivate mutating func takeForTransfer(_ points: Int64, fee: Int64, at now: Date) -> [(index: Int, points: Int64)] {
    let active = spendingOrder.filter { lots[$0].activatesAt <= now && lots[$0].expiresAt > now }
    var left = points
    var sent: [(index: Int, points: Int64)] = []
    for (index, part) in draw(points + fee, from: active) {
      move(remaining: -part, lapsed: 0, at: index)
      let share = min(left, part)
      left -= share
      if share > 0 { sent.append((index, share)) }
    }
    return sent
  }

  fileprivate mutating func receive(_ points: Int64, of lot: Lot, as transfer: String) -> Int {
    var copy = Lot(order: nil, earnedAt: lot.earnedAt, activatesAt: lot.activatesAt, expiresAt: lot.expiresAt, remaining: points)
    copy.transfer = transfer
    return append(copy)
  }

  /// The lots that live on.
  mutating func extend(to end: Date, at now: Date) -> Bool {
    lapse(at: now)
    let extended = lots.indices.filter { lots[$0].remaining + lots[$0].held > 0 && lots[$0].expiresAt > now && lots[$0].expiresAt < end }
    for index in extended { setEnd(of: index, end) }
    return !extended.isEmpty
  }

  /// Gives back what expired of the lot that an order earned.
  mutating func reinstate(_ points: Int64, ofOrder order: String, of member: String, until end: Date, at now: Date) {
    lapse(at: now)
    guard let own = lots.firstIndex(where: { $0.order == order }) else { return }
    move(remaining: 0, lapsed: -points, at: own)
    let again = append(Lot(order: nil, earnedAt: now, activatesAt: now, expiresAt: end, remaining: points))
    linkReinstated(own, of: member, to: again)
    repayDebt()
  }

  /// What expired of the lots that orders earned, by order.
  func expired(at now: Date) -> [(order: String, points: Int64)] {
    lots.compactMap { lot in
      let points = lot.lapsed + (lot.expiresAt <= now ? lot.remaining : 0)
      return points > 0 ? lot.order.map { ($0, points) } : nil
    }
  }
}
