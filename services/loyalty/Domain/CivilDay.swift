/// A day of the Gregorian calendar, with no zone.
struct CivilDay: Equatable, Comparable, Sendable {
  var year: Int
  var month: Int
  var day: Int

  /// The same day of another month, or that month's last day where it is shorter.
  func adding(months: Int) -> CivilDay {
    let monthsSinceYearZero = year * 12 + (month - 1) + months
    let (quotient, remainder) = monthsSinceYearZero.quotientAndRemainder(dividingBy: 12)
    precondition(monthsSinceYearZero >= 0, "no rule reaches before year 0")
    let (newYear, newMonth) = (quotient, remainder + 1)
    return CivilDay(year: newYear, month: newMonth, day: min(day, Self.daysIn(month: newMonth, of: newYear)))
  }

  /// The last day of the month, quarter or year that the day belongs to.
  func end(of period: ExpiryRule.Period) -> CivilDay {
    let lastMonth =
      switch period {
      case .month: month
      case .quarter: (month + 2) / 3 * 3
      case .year: 12
      }
    return CivilDay(year: year, month: lastMonth, day: Self.daysIn(month: lastMonth, of: year))
  }

  static func daysIn(month: Int, of year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: isLeap(year) ? 29 : 28
    default: 31
    }
  }

  static func isLeap(_ year: Int) -> Bool {
    year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
  }

  static func < (left: CivilDay, right: CivilDay) -> Bool {
    (left.year, left.month, left.day) < (right.year, right.month, right.day)
  }
}
