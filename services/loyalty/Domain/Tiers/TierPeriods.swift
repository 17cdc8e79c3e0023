internal import Foundation

/// Periods of equal length in the programme's calendar, one after the other, each known by its number.
///
/// Those of the calendar begin with the first of a month. Those of a member begin with the day of the year on which the member began; of
/// 29 February, in a year that has none, with 28 February.
struct TierPeriods: Sendable {
  /// The first number that there is.
  let first: Int
  private let calendar: ProgramCalendar
  /// Of period 0.
  private let origin: CivilDay
  private let months: Int

  private static let monthsOfAYear = 12

  init(of period: ExpiryRule.Period, _ calendar: ProgramCalendar) {
    self.calendar = calendar
    self.origin = CivilDay(year: 2000, month: 1, day: 1)
    self.first = .min
    self.months =
      switch period {
      case .month: 1
      case .quarter: 3
      case .year: Self.monthsOfAYear
      }
  }

  init(fromEnrolmentAt instant: Date, _ calendar: ProgramCalendar) {
    self.calendar = calendar
    self.origin = calendar.civilDay(of: instant)
    self.first = 0
    self.months = Self.monthsOfAYear
  }

  func index(at instant: Date) -> Int {
    let day = calendar.civilDay(of: instant)
    let monthsBetween = (day.year - origin.year) * Self.monthsOfAYear + day.month - origin.month
    let (quotient, remainder) = monthsBetween.quotientAndRemainder(dividingBy: months)
    let index = remainder < 0 ? quotient - 1 : quotient
    return max(first, origin.adding(months: index * months) <= day ? index : index - 1)
  }

  /// The first instant of the day that lies `days` after the period's first.
  func start(of index: Int, plusDays days: Int = 0) -> Date {
    calendar.startOfDay(origin.adding(months: index * months), plusDays: days)
  }
}

extension ProgramCalendar {
  /// The first instant of the day that lies `days` after that of `instant`.
  func startOfDay(of instant: Date, plusDays days: Int64) -> Date { startOfDay(civilDay(of: instant), plusDays: Int(days)) }
}
