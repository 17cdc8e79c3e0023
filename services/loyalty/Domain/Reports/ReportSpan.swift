internal import Foundation

/// A span of time, cut into the calendar's periods.
struct ReportSpan: Equatable, Sendable {
  static let maximumPeriods = 1_000

  enum Period: Sendable, CaseIterable {
    case whole, day, week, month, quarter, year
  }

  /// The first instants of the periods, and at last the first after the span.
  let bounds: [Date]

  var start: Date { bounds[0] }
  var end: Date { bounds[bounds.count - 1] }
  var periods: Int { bounds.count - 1 }

  /// Nil where the periods would be too many.
  init?(from start: Date, to end: Date, by period: Period, in calendar: ProgramCalendar) {
    precondition(start < end, "a span has a length")
    var bounds = [start]
    while let next = calendar.start(ofPeriodAfter: bounds[bounds.count - 1], period), next < end {
      guard bounds.count < Self.maximumPeriods else { return nil }
      bounds.append(next)
    }
    self.bounds = bounds + [end]
  }

  /// The number of the period that `instant` lies in; nil before the span and after it.
  func index(of instant: Date) -> Int? {
    guard start <= instant, instant < end else { return nil }
    var (low, high) = (0, periods)
    while high - low > 1 {
      let middle = (low + high) / 2
      if bounds[middle] <= instant { low = middle } else { high = middle }
    }
    return low
  }
}

extension ProgramCalendar {
  /// The first instant of the period after that of `instant`; nil where there are none.
  fileprivate func start(ofPeriodAfter instant: Date, _ period: ReportSpan.Period) -> Date? {
    let day = civilDay(of: instant)
    switch period {
    case .whole: return nil
    case .day: return startOfDay(day, plusDays: 1)
    case .week: return startOfDay(day, plusDays: 8 - weekday(of: instant))
    case .month: return startOfDay(day.end(of: .month), plusDays: 1)
    case .quarter: return startOfDay(day.end(of: .quarter), plusDays: 1)
    case .year: return startOfDay(day.end(of: .year), plusDays: 1)
    }
  }
}
