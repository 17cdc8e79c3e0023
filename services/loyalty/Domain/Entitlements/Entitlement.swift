internal import Foundation

/// A member's card and the periods that were sold of it. What it is at an instant follows from dates alone.
struct Entitlement: Equatable, Sendable {
  /// The states of one that was not looked at by a clock: see the contract's `EntitlementState`.
  enum State: Equatable, Sendable { case active, pending, frozen, usedUp, grace, ended }

  /// Uses that one period gives.
  struct Draw: Equatable, Sendable {
    var period: Int64
    var uses: Int64
  }

  var entitlementID: String
  var memberID: String
  var planCode: String
  var renews: Bool
  /// Its latest freeze; an empty span where there was none.
  var frozen: Range<Date>
  var lastNumber: Int64
  var createdAt: Date
  /// In the order of their sale.
  var periods: [EntitlementPeriod]

  /// Also for a caller whose clock, or whose wait for the row, lets it come from before the freeze.
  func isFrozen(at instant: Date) -> Bool { !frozen.isEmpty && instant < frozen.upperBound }

  func running(at instant: Date) -> [EntitlementPeriod] {
    periods.filter { $0.runs(at: instant) }.sorted { ($0.end, $0.number) < ($1.end, $1.number) }
  }

  /// The period by whose version it is used, frozen and let into the grace: the one that runs, of several the first to end; else the last.
  func governing(at instant: Date) -> EntitlementPeriod? {
    running(at: instant).first ?? periods.filter(\.isSold).max { $0.end < $1.end } ?? periods.last
  }

  /// Of the periods that run; nil where one of them has no count.
  func usesLeft(at instant: Date) -> Int64? {
    var sum: Int64 = 0
    for period in running(at: instant) {
      guard let left = period.left else { return nil }
      sum += left
    }
    return sum
  }

  /// The end of what was sold and not refunded; nil where nothing is left of it.
  var end: Date? { periods.filter(\.isSold).map(\.end).max() }

  /// - Parameter plan: Of the governing period.
  func state(at instant: Date, plan: EntitlementPlan) -> State {
    if isFrozen(at: instant) { return .frozen }
    if !running(at: instant).isEmpty { return usesLeft(at: instant) == 0 ? .usedUp : .active }
    if periods.contains(where: { $0.isSold && instant < $0.start }) { return .pending }
    guard let end, instant < graceEnd(after: end, plan) else { return .ended }
    return .grace
  }

  private func graceEnd(after end: Date, _ plan: EntitlementPlan) -> Date { plan.calendar.instant(end, plusDays: plan.graceDays) }

  // MARK: Selling

  struct Span: Equatable, Sendable {
    var start: Date
    var end: Date
    var anchor: EntitlementPeriod.Anchor
  }

  /// When the first period begins and ends.
  static func firstSpan(from start: Date, of plan: EntitlementPlan) -> Span {
    plan.span(from: start, anchor: EntitlementPeriod.Anchor(start: start, spans: 1))
  }

  /// When a period of `plan` that is sold at `instant` begins and ends: it goes on from the last one, also within the grace that was bought with
  /// that, unless it would be over by then.
  func nextSpan(at instant: Date, of plan: EntitlementPlan, bought: EntitlementPlan) -> Span {
    let last = periods.filter(\.isSold).max { $0.end < $1.end }
    guard let last, !last.isEndless, instant < graceEnd(after: last.end, bought) else {
      return Self.firstSpan(from: instant, of: plan)
    }
    // Days that a freeze added move the day of the month from then on, and another version may have another span.
    // One that goes on to the end of a month, quarter or year needs no day.
    let goesOn = last.endDelayDays == 0 && last.planVersion == plan.version && plan.validity.isPlainSpan
    let anchor =
      goesOn
      ? EntitlementPeriod.Anchor(start: last.anchor.start, spans: last.anchor.spans + 1)
      : EntitlementPeriod.Anchor(start: last.end, spans: 1)
    let span = plan.span(from: last.end, anchor: anchor)
    return instant < span.end ? span : Self.firstSpan(from: instant, of: plan)
  }

  // MARK: Using

  /// Where `uses` come from: the earliest end first. Nil where there are fewer.
  func draw(_ uses: Int64, at instant: Date) -> [Draw]? {
    var missing = uses
    var draws: [Draw] = []
    for period in running(at: instant) where missing > 0 {
      let taken = min(missing, period.left ?? missing)
      guard taken > 0 else { continue }
      draws.append(Draw(period: period.number, uses: taken))
      missing -= taken
    }
    return missing == 0 ? draws : nil
  }

  // MARK: Freezing

  /// Days that may still be added to the freezes of the periods that run; nil where none runs.
  func freezeDaysLeft(at instant: Date, of plan: EntitlementPlan) -> Int? {
    running(at: instant).map { max(0, plan.freezeDays - $0.frozenDays) }.min()
  }

  /// From `instant` on, for `days`: what runs ends so much later, what comes begins so much later.
  mutating func freeze(days: Int, at instant: Date, _ calendar: ProgramCalendar) {
    frozen = instant..<calendar.instant(instant, plusDays: days)
    move(by: days, at: instant, calendar)
  }

  /// Ends a freeze; the days that had not begun, which are taken off the ends again.
  mutating func unfreeze(at instant: Date, _ calendar: ProgramCalendar) -> Int {
    var days = 0
    while calendar.instant(instant, plusDays: days + 1) <= frozen.upperBound { days += 1 }
    frozen = frozen.lowerBound..<max(frozen.lowerBound, instant)
    move(by: -days, at: instant, calendar)
    return days
  }

  private mutating func move(by days: Int, at instant: Date, _ calendar: ProgramCalendar) {
    for index in periods.indices where periods[index].isSold && instant < periods[index].end {
      let isRunning = periods[index].start <= instant
      periods[index].delay(start: isRunning ? 0 : days, end: days, calendar)
    }
  }
}

extension EntitlementPlan {
  /// Unlike that of points, the first day counts.
  fileprivate func span(from start: Date, anchor: EntitlementPeriod.Anchor) -> Entitlement.Span {
    let end =
      switch validity.form {
      case .never, .inactivity: ProgramCalendar.never
      case .span(let span): calendar.end(of: span.times(anchor.spans), from: anchor.start)
      case .spanToEnd(let span, let period): calendar.end(of: span.times(anchor.spans), from: anchor.start, onTo: period)
      case .end: calendar.expiry(of: start, by: validity)
      }
    return Entitlement.Span(start: start, end: end, anchor: anchor)
  }
}

extension ExpiryRule.Span {
  fileprivate func times(_ number: Int) -> ExpiryRule.Span { ExpiryRule.Span(count: count * number, unit: unit) }
}
