internal import Foundation

/// Calendar rules in the programme's time zone. Every result is an instant; every rule counts in that zone's days and months.
///
/// A rule's end is inclusive to the last instant of its last day, so the instant that is kept is the first one *after* that day:
/// a lot is alive while `now < expiry`. Midnight is the zone's own, also where daylight saving moves or removes it.
struct ProgramCalendar: Sendable {
  /// For "never": the last whole day that a protobuf Timestamp can say, exact as a Double too.
  static let never = Date(timeIntervalSince1970: 253_402_214_400)

  private let calendar: Calendar

  /// Nil when the zone is not known to this machine.
  init?(timeZoneIdentifier: String) {
    guard let timeZone = TimeZone(identifier: timeZoneIdentifier) else { return nil }
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = timeZone
    self.calendar = calendar
  }

  /// The first instant after the last day of points that are earned, or where the rule begins anew used, at `instant`.
  func expiry(of instant: Date, by rule: ExpiryRule) -> Date {
    let day = civilDay(of: instant)
    let last: CivilDay
    switch rule.form {
    case .never: return Self.never
    case .span(let span), .inactivity(let span): last = self.day(day, plus: span)
    case .spanToEnd(let span, let period): last = self.day(day, plus: span).end(of: period)
    case .end(let period, let more):
      let end = day.end(of: period)
      last = more.map { more in more.unit == .days ? self.day(end, plus: more) : end.adding(months: more.months).end(of: .month) } ?? end
    }
    return startOfDay(last, plusDays: 1)
  }

  /// The first instant after a span whose first day is that of `start`, or after the month, quarter or year that the span's last day is in. A
  /// month ends with the day before the same day of the next one, or with that month's last day where it has no such day: from 15 January
  /// with 14 February, from 31 January with 28 February, from 1 March a year with 29 February of a leap year.
  func end(of span: ExpiryRule.Span, from start: Date, onTo period: ExpiryRule.Period? = nil) -> Date {
    let first = civilDay(of: start)
    let next: Date
    switch span.unit {
    case .days: next = startOfDay(first, plusDays: span.count)
    case .months, .years:
      let same = first.adding(months: span.months)
      next = startOfDay(same, plusDays: same.day == first.day ? 0 : 1)
    }
    guard let period else { return next }
    return startOfDay(civilDay(of: instant(next, plusDays: -1)).end(of: period), plusDays: 1)
  }

  private func day(_ day: CivilDay, plus span: ExpiryRule.Span) -> CivilDay {
    span.unit == .days ? civilDay(of: startOfDay(day, plusDays: span.count)) : day.adding(months: span.months)
  }

  /// The first instant after the day that lies `days` after the day of `instant`.
  func expiry(of instant: Date, days: Int) -> Date {
    startOfDay(civilDay(of: instant), plusDays: days + 1)
  }

  func start(of day: CivilDay) -> Date { startOfDay(day, plusDays: 0) }

  /// How many days after that of `start` the day of `end` comes.
  func days(from start: Date, to end: Date) -> Int {
    let days = calendar.dateComponents([.day], from: calendar.startOfDay(for: start), to: calendar.startOfDay(for: end)).day
    guard let days else { preconditionFailure("two instants have a number of days between them") }
    return days
  }

  /// The first instant after `day`: an end date is inclusive.
  func expiry(afterDay day: CivilDay) -> Date { startOfDay(day, plusDays: 1) }

  /// A number that is the same for two instants exactly if they lie on the same day.
  func dayNumber(of instant: Date) -> Int64 {
    let day = civilDay(of: instant)
    return Int64(day.year * 372 + (day.month - 1) * 31 + day.day - 1)
  }

  /// The same for months, of a day number.
  static func monthNumber(ofDay dayNumber: Int64) -> Int64 { dayNumber / 31 }

  /// 1 is Monday, 7 is Sunday.
  func weekday(of instant: Date) -> Int { (calendar.component(.weekday, from: instant) + 5) % 7 + 1 }

  /// The same time of day, `days` later, or earlier below 0.
  func instant(_ instant: Date, plusDays days: Int) -> Date {
    guard days != 0 else { return instant }
    guard let later = calendar.date(byAdding: .day, value: days, to: instant) else {
      preconditionFailure("the Gregorian calendar has a day after each")
    }
    return later
  }

  /// The first instant of a rolling window of `months` that ends with `instant`. What happened on a day counts to the last
  /// instant of the day that lies `months` later, exactly as long as a lot of that age lives: so the window opens with the
  /// earliest day whose own `months` reach the day of `instant`.
  func windowStart(at instant: Date, months: Int) -> Date {
    let today = civilDay(of: instant)
    let candidate = today.adding(months: -months)
    // 29 February less twelve months is clamped to 28 February, whose own twelve months end a day too early.
    return startOfDay(candidate, plusDays: candidate.adding(months: months) < today ? 1 : 0)
  }

  func civilDay(of instant: Date) -> CivilDay {
    let parts = calendar.dateComponents([.year, .month, .day], from: instant)
    guard let year = parts.year, let month = parts.month, let day = parts.day else {
      preconditionFailure("an instant has a year, a month and a day")
    }
    return CivilDay(year: year, month: month, day: day)
  }

  func startOfDay(_ day: CivilDay, plusDays days: Int) -> Date {
    // By way of noon, which every zone has on every day; a midnight may be missing.
    let noon = DateComponents(year: day.year, month: day.month, day: day.day + days, hour: 12)
    guard let instant = calendar.date(from: noon) else {
      preconditionFailure("every day of the Gregorian calendar has a noon")
    }
    return calendar.startOfDay(for: instant)
  }
}
