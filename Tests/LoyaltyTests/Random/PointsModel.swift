import Foundation

@testable import Loyalty

/// One member's points as a person would keep them on paper: the oracle of the random histories.
///
/// It shares no code with the service but the calendar, which has tables of its own. It keeps no ledger, no rows and no counters: a
/// list of lots that holds, returns and the clock work on, one instant at a time.
struct PointsModel {
  struct Lot {
    var order: String?
    var earnedAt: Date
    var activatesAt: Date
    var expiresAt: Date
    var remaining: Int64
    var held: Int64 = 0
    var lapsed: Int64 = 0
    /// Of points from another member.
    var transfer: String?
    var source: ModelLot?
    /// Where its points went on to: what was reinstated, then what was sent, in that order.
    var children: [ModelLot] = []
  }

  struct Order {
    enum State { case held, committed, cancelled }
    var state: State
    var spend: Int64
    var earn: Int64
    var growth: Int64
    /// Index of the lot, points drawn, points given back; in the order of drawing.
    var draws: [(lot: Int, points: Int64, givenBack: Int64)] = []
    var committedAt = Date.distantPast
    /// Refunded so far, of 1,000.
    var refunded: Int64 = 0
    var returns: [String: (from: Int64, to: Int64)] = [:]
  }

  let calendar: ProgramCalendar
  let expireAfterMonths: Int
  let activateAfterDays: Int
  private(set) var lots: [Lot] = []
  private(set) var orders: [String: Order] = [:]
  private(set) var debt: Int64 = 0
  private(set) var growth: [(at: Date, amount: Int64)] = []
  private(set) var lifetimeEarned: Int64 = 0
  private(set) var lifetimeSpent: Int64 = 0

  // MARK: What a member sees

  func spendable(at now: Date) -> Int64 {
    lots.reduce(0) { $1.activatesAt <= now && $1.expiresAt > now ? $0 + $1.remaining : $0 }
  }

  func pending(at now: Date) -> Int64 { lots.reduce(0) { $1.activatesAt > now ? $0 + $1.remaining : $0 } }

  var held: Int64 { lots.reduce(0) { $0 + $1.held } }

  func growthValue(at now: Date) -> Int64 {
    let start = calendar.windowStart(at: now, months: 12)
    return growth.reduce(0) { $1.at >= start ? $0 + $1.amount : $0 }
  }

  // MARK: What happens

  /// False: refused for lack of points.
  mutating func hold(_ id: String, spend: Int64, earn: Int64, growth: Int64, at now: Date) -> Bool {
    guard spend <= spendable(at: now) else { return false }
    var order = Order(state: .held, spend: spend, earn: earn, growth: growth)
    for (lot, points) in draw(spend, from: spendingOrder.filter { lots[$0].activatesAt <= now && lots[$0].expiresAt > now }) {
      lots[lot].remaining -= points
      lots[lot].held += points
      order.draws.append((lot, points, 0))
    }
    orders[id] = order
    return true
  }

  mutating func commit(_ id: String, at now: Date) {
    guard var order = orders[id], order.state == .held else { return }
    lapse(at: now)
    for draw in order.draws { lots[draw.lot].held -= draw.points }
    order.state = .committed
    order.committedAt = now
    orders[id] = order
    lifetimeSpent += order.spend
    lifetimeEarned += order.earn
    growth.append((now, order.growth))
    if order.earn > 0 {
      lots.append(
        Lot(
          order: id, earnedAt: now, activatesAt: calendar.instant(now, plusDays: activateAfterDays),
          expiresAt: calendar.expiry(of: now, by: .months(expireAfterMonths)), remaining: order.earn))
    }
    repayDebt()
  }

  mutating func cancel(_ id: String, at now: Date) {
    guard let order = orders[id] else {
      orders[id] = Order(state: .cancelled, spend: 0, earn: 0, growth: 0)
      return
    }
    guard order.state == .held else { return }
    orders[id]?.state = .cancelled
    // As the service: a cancel of an order that spends nothing touches no member.
    guard order.spend > 0 else { return }
    for draw in order.draws {
      lots[draw.lot].held -= draw.points
      lots[draw.lot].remaining += draw.points
    }
    lapse(at: now)
    repayDebt()
  }

  /// What a return up to `after` takes back.
  func due(of id: String, to after: Int64) -> Int64 {
    guard let order = orders[id] else { return 0 }
    return order.earn * after / 1_000 - order.earn * order.refunded / 1_000
  }

  /// What was taken back and what was given back.
  mutating func reverse(_ id: String, returnID: String, to after: Int64, at now: Date) -> (taken: Int64, given: Int64) {
    guard var order = orders[id] else { return (0, 0) }
    lapse(at: now)
    let before = order.refunded
    func share(_ amount: Int64) -> Int64 { amount * after / 1_000 - amount * before / 1_000 }
    let (taken, given, growthTaken) = (share(order.earn), share(order.spend), share(order.growth))
    order.refunded = after
    order.returns[returnID] = (before, after)

    var left = given
    var grace: Int64 = 0
    for index in order.draws.indices.reversed() where left > 0 {
      let part = min(left, order.draws[index].points - order.draws[index].givenBack)
      order.draws[index].givenBack += part
      left -= part
      if lots[order.draws[index].lot].expiresAt > now {
        lots[order.draws[index].lot].remaining += part
      } else {
        grace += part
      }
    }
    if grace > 0 {
      lots.append(
        Lot(order: nil, earnedAt: now, activatesAt: now, expiresAt: calendar.expiry(of: now, days: 30), remaining: grace))
    }
    takeBack(taken, of: id)
    growth.append((order.committedAt, -growthTaken))
    lifetimeSpent -= given
    lifetimeEarned -= taken
    orders[id] = order
    repayDebt()
    return (taken, given)
  }

  /// False: refused for lack of points.
  mutating func adjust(_ points: Int64, at now: Date) -> Bool {
    guard -points <= spendable(at: now) else { return false }
    lapse(at: now)
    if points > 0 {
      lots.append(
        Lot(
          order: nil, earnedAt: now, activatesAt: now, expiresAt: calendar.expiry(of: now, by: .months(expireAfterMonths)),
          remaining: points))
      repayDebt()
    } else {
      take(-points, from: spendingOrder.filter { lots[$0].activatesAt <= now && lots[$0].expiresAt > now })
    }
    return true
  }

  // MARK: Parts

  mutating func append(_ lot: Lot) -> Int {
    lots.append(lot)
    return lots.count - 1
  }

  mutating func move(remaining: Int64, lapsed: Int64, at index: Int) {
    lots[index].remaining += remaining
    lots[index].lapsed += lapsed
  }

  mutating func setEnd(of index: Int, _ end: Date) { lots[index].expiresAt = end }

  mutating func setSource(of index: Int, _ source: ModelLot) { lots[index].source = source }

  mutating func link(_ index: Int, to child: ModelLot) { lots[index].children.append(child) }

  mutating func linkReinstated(_ index: Int, of member: String, to child: Int) {
    let before = lots[index].children.prefix { $0.member == member && lots[$0.index].transfer == nil }.count
    lots[index].children.insert(ModelLot(member: member, index: child), at: before)
  }

  var spendingOrder: [Int] {
    lots.indices.sorted { (lots[$0].expiresAt, lots[$0].earnedAt, $0) < (lots[$1].expiresAt, lots[$1].earnedAt, $1) }
  }

  func draw(_ points: Int64, from indices: [Int]) -> [(Int, Int64)] {
    var left = points
    return indices.compactMap { index in
      let part = min(left, lots[index].remaining)
      left -= part
      return part > 0 ? (index, part) : nil
    }
  }

  @discardableResult
  private mutating func take(_ points: Int64, from indices: [Int]) -> Int64 {
    let parts = draw(points, from: indices)
    for (index, part) in parts { lots[index].remaining -= part }
    return parts.reduce(points) { $0 - $1.1 }
  }

  mutating func lapse(at now: Date) {
    for index in lots.indices where lots[index].expiresAt <= now {
      lots[index].lapsed += lots[index].remaining
      lots[index].remaining = 0
    }
  }

  private mutating func takeBack(_ points: Int64, of id: String) {
    let own = lots.indices.filter { lots[$0].order == id }
    var left = take(points, from: own)
    for index in own {
      let part = min(left, lots[index].lapsed)
      lots[index].lapsed -= part
      left -= part
    }
    left = take(left, from: spendingOrder)
    debt += left
  }

  mutating func repayDebt() {
    debt = take(debt, from: spendingOrder)
  }
}
