import Foundation

/// A day of the Gregorian calendar with no zone, such as the last day of a promotion.
struct CalendarDate: Sendable, Hashable {
  /// Years that a rule may name. Below, Foundation's calendar turns Julian; above, four digits no longer sort as text.
  static let years = 1900...9999

  let year: Int
  let month: Int
  let day: Int

  /// Nil when the calendar has no such day: 29 February of a common year, 31 April, month 13.
  init?(year: Int, month: Int, day: Int) {
    guard Self.years.contains(year), (1...12).contains(month), day >= 1, day <= Self.days(inMonth: month, of: year) else {
      return nil
    }
    self.year = year
    self.month = month
    self.day = day
  }

  /// The first instant of the day in `zone`: midnight, or what the clocks show first where midnight is skipped.
  func start(in zone: TimeZone) -> Date {
    Self.firstInstant(year: year, month: month, day: day, in: zone)
  }

  /// The first instant that no longer belongs to the day in `zone`. A day may last 23 or 25 hours.
  func end(in zone: TimeZone) -> Date {
    // One day past the month's last is the first of the next month to Foundation's calendar.
    Self.firstInstant(year: year, month: month, day: day + 1, in: zone)
  }

  private static func firstInstant(year: Int, month: Int, day: Int, in zone: TimeZone) -> Date {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = zone
    guard let instant = calendar.date(from: DateComponents(year: year, month: month, day: day)) else {
      preconditionFailure("the Gregorian calendar resolves every year, month and day")
    }
    return instant
  }

  private static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 4, 6, 9, 11: 30
    case 2: isLeap(year) ? 29 : 28
    default: 31
    }
  }

  private static func isLeap(_ year: Int) -> Bool {
    year % 4 == 0 && (year % 100 != 0 || year % 400 == 0)
  }
}

extension CalendarDate: Comparable {
  static func < (one: CalendarDate, other: CalendarDate) -> Bool {
    (one.year, one.month, one.day) < (other.year, other.month, other.day)
  }
}

extension CalendarDate {
  /// "2026-03-31", which sorts as the days do.
  var text: String {
    "\(Self.padded(year, to: 4))-\(Self.padded(month, to: 2))-\(Self.padded(day, to: 2))"
  }

  /// Reads what `text` writes, and nothing else.
  init?(text: String) {
    let parts = text.split(separator: "-", omittingEmptySubsequences: false).map { Int($0) }
    guard parts.count == 3, let year = parts[0], let month = parts[1], let day = parts[2] else { return nil }
    self.init(year: year, month: month, day: day)
    guard self.text == text else { return nil }
  }

  private static func padded(_ number: Int, to width: Int) -> String {
    let digits = String(number)
    return String(repeating: "0", count: max(0, width - digits.count)) + digits
  }
}
