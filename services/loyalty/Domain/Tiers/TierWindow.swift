internal import Foundation

/// The part of the past that counts for a tier.
enum TierWindow: Equatable, Sendable {
  /// The last so many months, to the day.
  case rolling(months: Int)
  /// The quarter or the year of the programme's calendar.
  case calendar(ExpiryRule.Period)
  /// The year since the member's first day, or since its last anniversary.
  case anniversary
  /// All of it.
  case lifetime
}

/// When a tier that is no longer earned is lost. A tier is reached at once in each case, and lost at once where a return takes away what it
/// was reached by.
enum TierDowngrade: Equatable, Sendable {
  case atOnce
  case atPeriodEnd(TierPeriodEnd)
}

struct TierPeriodEnd: Equatable, Sendable {
  enum Fall: String, CaseIterable, Sendable {
    /// To what the member has earned.
    case toEarned = "to_earned"
    /// By one tier a period at most.
    case oneStep = "one_step"
  }

  var fall: Fall
  /// How many days after the period's end the tier is kept.
  var graceDays = 0
  /// For a rolling window, which has no end of its own: how often a tier can be lost. Until then nothing leaves the window.
  var review: ExpiryRule.Period?
}

/// A part of the past that a member's tier rests on, and how many tiers what was reached by it has lost since.
struct TierBasis: Equatable, Sendable {
  var start: Date
  /// The first instant after it; nil for the part that goes on.
  var end: Date?
  var stepsLost = 0
}

extension TierScheme {
  /// Whether the bases of two members differ.
  var isCountedFromEnrolment: Bool { window == .anniversary }

  /// Whether anything is asked of the member's first day.
  var asksForEnrolment: Bool { isCountedFromEnrolment || tiers.contains { $0.criteria.least.tenureDays > 0 } }

  /// What the tier at `instant` rests on; the first is what is measured now.
  ///
  /// A tier that is lost at once rests on its window alone. One that is kept to the end of a period rests on that of the period's beginning
  /// as well: a rolling window stays open where it was then, and a window that is itself a period has the one before beside it, whose tier
  /// is kept throughout this one. In the days of grace all that is as if the period before went on. What falls by steps is kept from older
  /// periods too, a step lower for each: as many as there are tiers, so no more are looked at.
  func bases(at instant: Date, enrolledAt: Date, calendar: ProgramCalendar) -> [TierBasis] {
    guard let periods = periods(enrolledAt: enrolledAt, calendar: calendar) else {
      return [TierBasis(start: rollingStart(at: instant, calendar))]
    }
    let current = periods.index(at: instant)
    guard case .atPeriodEnd(let policy) = downgrade else { return [TierBasis(start: periods.start(of: current))] }
    let isInGrace = policy.graceDays > 0 && instant < periods.start(of: current, plusDays: policy.graceDays)
    // How old a period is whose tier is still kept whole.
    let wholeUntil = (isInGrace ? 1 : 0) + (isRolling ? 0 : 1)
    let steps = policy.fall == .oneStep ? tiers.count { $0.admission == .earned } - 1 : 0
    return (0...wholeUntil + steps).compactMap { age in
      let index = current - age
      guard index >= periods.first else { return nil }
      return TierBasis(
        start: isRolling ? rollingStart(at: periods.start(of: index), calendar) : periods.start(of: index),
        end: age == 0 ? nil : periods.start(of: index + 1), stepsLost: max(0, age - wholeUntil))
    }
  }

  /// The periods at whose ends a tier is lost; nil where it is lost at once out of a window without any.
  func periods(enrolledAt: Date, calendar: ProgramCalendar) -> TierPeriods? {
    switch (window, downgrade) {
    case (.lifetime, _), (.rolling, .atOnce): nil
    case (.calendar(let period), _): TierPeriods(of: period, calendar)
    case (.anniversary, _): TierPeriods(fromEnrolmentAt: enrolledAt, calendar)
    case (.rolling, .atPeriodEnd(let policy)): TierPeriods(of: policy.review ?? .year, calendar)
    }
  }

  private var isRolling: Bool {
    if case .rolling = window { return true }
    return false
  }

  private func rollingStart(at instant: Date, _ calendar: ProgramCalendar) -> Date {
    guard case .rolling(let months) = window else { return .distantPast }
    return calendar.windowStart(at: instant, months: months)
  }
}
