internal import Foundation

/// One member's tier at any instant, past or to come, by one scheme: a pure function of what is on record, so since when it holds and how
/// long it will, if nothing more comes, are found by asking for the tier at each instant at which it can change.
struct MemberTiers: Sendable {
  /// Looking back for since when, and ahead for until when: a member's days of some years.
  static let changesLookedAtMost = 2_000
  private static let microsecond: TimeInterval = 0.000_001

  let scheme: TierScheme
  let calendar: ProgramCalendar
  let facts: OrderFacts
  let grants: [TierGrant]
  /// The member's first day.
  let enrolledAt: Date

  struct Change: Equatable, Sendable {
    var at: Date
    /// The tier from then on.
    var position: Int
  }

  func standing(at instant: Date) -> TierStanding {
    let bases = scheme.bases(at: instant, enrolledAt: enrolledAt, calendar: calendar)
    var standing = scheme.standing(
      at: instant, by: bases.map { measures(over: $0, at: instant) }, over: bases, grants: grants,
      periods: scheme.periods(enrolledAt: enrolledAt, calendar: calendar))
    if standing.next != nil, standing.next?.before == nil { standing.next?.before = firstExit(at: instant, from: bases[0].start) }
    return standing
  }

  func measures(over basis: TierBasis, at instant: Date) -> TierMeasures {
    var measures = orderMeasures(over: basis, at: instant)
    measures.tenureDays = TierScheme.tenureDays(over: basis, at: instant, enrolledAt: enrolledAt, calendar)
    return measures
  }

  private func orderMeasures(over basis: TierBasis, at instant: Date) -> TierMeasures {
    facts.measures(from: basis.start, before: basis.end ?? instant.addingTimeInterval(Self.microsecond))
  }

  /// Since when the tier of `instant` holds without a break, by the orders as their returns have left them and as if the scheme had always
  /// been in force. Nil where that is longer ago than is looked back.
  func since(_ instant: Date) -> Date? {
    let position = position(at: instant)
    var since: Date?
    let changes = changes(from: enrolledAt, through: instant).sorted(by: >)
    for change in changes.prefix(Self.changesLookedAtMost) {
      guard self.position(at: change) == position else { return since }
      since = change
    }
    return changes.count > Self.changesLookedAtMost ? nil : since
  }

  /// The first change to come if nothing more comes: no order, no return, no grant. Nil where there is none.
  func nextChange(after instant: Date) -> Change? {
    let position = position(at: instant)
    for change in changes(after: instant).sorted().prefix(Self.changesLookedAtMost) {
      let then = self.position(at: change)
      if then != position { return Change(at: change, position: then) }
    }
    return nil
  }

  /// What the end of the period will make of the tier, its days of grace over, if nothing more comes. Nil where there are no periods.
  func periodEnd(after instant: Date) -> Change? {
    guard let periods = scheme.periods(enrolledAt: enrolledAt, calendar: calendar) else { return nil }
    let end = periods.start(of: periods.index(at: instant) + 1, plusDays: graceDays)
    return Change(at: end, position: position(at: end))
  }

  /// - Parameter shared: the bases at `instant`, where somebody has them already.
  func position(at instant: Date, over shared: [TierBasis]? = nil) -> Int {
    let bases = shared ?? scheme.bases(at: instant, enrolledAt: enrolledAt, calendar: calendar)
    // Days are counted by the calendar, which costs twenty times what the orders' sums do; for a million members only where they are asked for.
    let measured = bases.map { scheme.asksForEnrolment ? measures(over: $0, at: instant) : orderMeasures(over: $0, at: instant) }
    let earned = scheme.position(reaching: measured, over: bases)
    return max(earned, scheme.position(granting: grants, at: instant)?.position ?? 0)
  }

  // MARK: Parts

  private var graceDays: Int {
    guard case .atPeriodEnd(let policy) = scheme.downgrade else { return 0 }
    return policy.graceDays
  }

  /// How many periods it takes at most until nothing of today counts any more: those of a rolling window, none of them shorter than a month,
  /// then one in which the tier is kept and its grace, and one for each step.
  private var periodsUntilLost: Int {
    var periods = scheme.tiers.count + 2
    if case .rolling(let months) = scheme.window { periods += months }
    return periods
  }

  /// When the first order of a rolling window leaves it.
  private func firstExit(at instant: Date, from start: Date) -> Date? {
    guard case .rolling = scheme.window else { return nil }
    return facts.all.first { $0.at >= start && $0.at <= instant }.flatMap(exit)
  }

  /// Where there are reviews, their ends say when it leaves.
  private func exit(of fact: OrderFact) -> Date? {
    guard case .rolling(let months) = scheme.window, scheme.downgrade == .atOnce else { return nil }
    return calendar.expiry(of: fact.at, by: .months(months))
  }

  /// Each instant from `start` through `end` at which the tier may have changed.
  private func changes(from start: Date, through end: Date) -> Set<Date> {
    var found: Set<Date> = [start]
    for fact in facts.all { found.formUnion([fact.at] + (exit(of: fact).map { [$0] } ?? [])) }
    found.formUnion(timed)
    if let periods = scheme.periods(enrolledAt: enrolledAt, calendar: calendar) {
      let last = periods.index(at: end)
      // From the newest: what is too long ago is not looked at.
      for index in stride(from: last, through: max(periods.index(at: start), last - Self.changesLookedAtMost), by: -1) {
        found.formUnion([periods.start(of: index), periods.start(of: index, plusDays: graceDays)])
      }
    }
    return found.filter { start <= $0 && $0 <= end }
  }

  /// Each instant after `instant` at which the tier may change by itself.
  private func changes(after instant: Date) -> Set<Date> {
    var found = Set(timed)
    for fact in facts.all { if let exit = exit(of: fact) { found.insert(exit) } }
    if let periods = scheme.periods(enrolledAt: enrolledAt, calendar: calendar) {
      let current = periods.index(at: instant)
      for index in current...current + periodsUntilLost {
        found.formUnion([periods.start(of: index), periods.start(of: index, plusDays: graceDays)])
      }
    }
    return found.filter { $0 > instant }
  }

  /// Borders of grants, and days on which a tenure is reached.
  private var timed: [Date] {
    grants.map(\.grantedAt) + grants.compactMap(\.endsAt) + grants.compactMap { $0.revocation?.at }
      + scheme.tiers.map(\.criteria.least.tenureDays).filter { $0 > 0 }.map { calendar.startOfDay(of: enrolledAt, plusDays: $0) }
  }
}

extension TierScheme {
  /// The member's whole days at the end of a basis, or at `instant` where it goes on.
  static func tenureDays(over basis: TierBasis, at instant: Date, enrolledAt: Date, _ calendar: ProgramCalendar) -> Int64 {
    // The period's last instant lies on its last day.
    Int64(max(0, calendar.days(from: enrolledAt, to: basis.end.map { $0.addingTimeInterval(-0.000_001) } ?? instant)))
  }
}
