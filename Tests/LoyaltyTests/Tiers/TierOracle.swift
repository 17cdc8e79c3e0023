import Foundation

@testable import Loyalty

/// A member's tier as a person would work it out with a calendar on the wall: from the first period to now, one after the other, order by
/// order. It shares nothing with the service but the scheme's values; slow and plain.
struct TierOracle {
  struct Order {
    var at: Date
    var growthValue: Int64
    var points: Int64
    var isReturned = false
  }

  let scheme: TierScheme
  let enrolledAt: Date
  var orders: [Order] = []
  var grants: [(code: String, from: Date, to: Date)] = []
  private let calendar: Calendar

  init(scheme: TierScheme, zone: String, enrolledAt: Date) {
    (self.scheme, self.enrolledAt) = (scheme, enrolledAt)
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(identifier: zone)!
    self.calendar = calendar
  }

  func code(at now: Date) -> String {
    let granted = grants.filter { $0.from <= now && now < $0.to }.compactMap { grant in scheme.tiers.lastIndex { $0.code == grant.code } }
    return scheme.tiers[max(earned(at: now), granted.max() ?? 0)].code
  }

  private func earned(at now: Date) -> Int {
    switch (scheme.window, scheme.downgrade) {
    case (.lifetime, _): return reached(by: orders.filter { $0.at <= now }, at: now)
    case (.rolling, .atOnce): return reached(by: orders.filter { $0.at <= now && end(of: $0) > now }, at: now)
    case (_, .atOnce):
      let start = starts(through: now).last!
      return reached(by: orders.filter { start <= $0.at && $0.at <= now }, at: now)
    case (_, .atPeriodEnd(let policy)): return kept(at: now, policy)
    }
  }

  /// Goes through the periods: what was carried into each, and the best of it and of what it earned until its end.
  private func kept(at now: Date, _ policy: TierPeriodEnd) -> Int {
    let starts = starts(through: now)
    var (carried, heldBefore) = (0, 0)
    for (index, start) in starts.enumerated() {
      let isLast = index == starts.count - 1
      let until = isLast ? now : starts[index + 1].addingTimeInterval(-0.000_001)
      let held = max(carried, inPeriod(from: start, at: until))
      if isLast {
        let graceEnd = calendar.date(byAdding: .day, value: policy.graceDays, to: start)!
        return now < graceEnd ? max(held, heldBefore) : held
      }
      let next = starts[index + 1]
      let earned = isRolling ? inPeriod(from: next, at: until) : inPeriod(from: start, at: until)
      carried = policy.fall == .toEarned ? earned : max(earned, below(held))
      heldBefore = held
    }
    return 0
  }

  private var isRolling: Bool { if case .rolling = scheme.window { true } else { false } }

  /// By what the period that begins at `start` counts.
  private func inPeriod(from start: Date, at instant: Date) -> Int {
    reached(by: orders.filter { $0.at <= instant && (isRolling ? end(of: $0) > start : $0.at >= start) }, at: instant)
  }

  private func below(_ position: Int) -> Int { scheme.tiers[..<position].lastIndex { $0.admission == .earned } ?? 0 }

  private func reached(by orders: [Order], at instant: Date) -> Int {
    let days = calendar.dateComponents([.day], from: calendar.startOfDay(for: enrolledAt), to: calendar.startOfDay(for: instant)).day!
    let measured: [Int64] = [
      orders.reduce(0) { $0 + $1.growthValue }, Int64(orders.filter { !$0.isReturned }.count), orders.reduce(0) { $0 + $1.points },
      Int64(max(0, days)),
    ]
    var best = 0
    for (position, tier) in scheme.tiers.enumerated() where tier.admission == .earned {
      let least = tier.criteria.least
      let asked = zip([least.growthValue, least.visits, least.points, least.tenureDays], measured).filter { $0.0 > 0 }
      let met = asked.filter { $0.1 >= $0.0 }.count
      if asked.isEmpty || (tier.criteria.combination == .all ? met == asked.count : met > 0) { best = position }
    }
    return best
  }

  /// The midnight after the last day on which a rolling window counts the order.
  private func end(of order: Order) -> Date {
    guard case .rolling(let months) = scheme.window else { return .distantFuture }
    let last = calendar.date(byAdding: .month, value: months, to: calendar.startOfDay(for: order.at))!
    return calendar.startOfDay(for: calendar.date(byAdding: .day, value: 1, to: last)!)
  }

  /// The starts of all periods from the one of the first order, and some before, through that of `now`.
  private func starts(through now: Date) -> [Date] {
    var (unit, count) = (DateComponents(year: 1), 0)
    var first = calendar.dateInterval(of: .year, for: min(enrolledAt, orders.first?.at ?? now))!.start
    switch (scheme.window, scheme.downgrade) {
    case (.calendar(.quarter), _): unit = DateComponents(month: 3)
    case (.rolling, .atPeriodEnd(let policy)) where policy.review == .quarter: unit = DateComponents(month: 3)
    case (.rolling, .atPeriodEnd(let policy)) where policy.review == .month: unit = DateComponents(month: 1)
    case (.anniversary, _): first = calendar.startOfDay(for: enrolledAt)
    default: break
    }
    var found: [Date] = []
    while true {
      let step = DateComponents(year: (unit.year ?? 0) * count, month: (unit.month ?? 0) * count)
      let start = calendar.startOfDay(for: calendar.date(byAdding: step, to: first)!)
      if start > now { return found.isEmpty ? [start] : found }
      found.append(start)
      count += 1
    }
  }
}
