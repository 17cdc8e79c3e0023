/// A day in the Gregorian calendar on which a member was born; the 29th of February exists in leap years only.
struct Birthday: Hashable, Sendable {
  static let earliestYear = 1900

  let year: Int
  let month: Int
  let day: Int

  enum Problem: Error, CustomStringConvertible {
    case noSuchDay, tooEarly, inTheFuture

    var description: String {
      switch self {
      case .noSuchDay: "is no day of the calendar"
      case .tooEarly: "must not be before \(Birthday.earliestYear)"
      case .inTheFuture: "must not be in the future"
      }
    }
  }

  /// - Parameter today: the latest day that it may be. The caller takes it in the zone that is furthest ahead, so that a birth
  ///   is never refused for a clock that is behind.
  init(year: Int, month: Int, day: Int, today: (year: Int, month: Int, day: Int)) throws(Problem) {
    guard (1...12).contains(month), (1...Self.days(inMonth: month, of: year)).contains(day) else { throw .noSuchDay }
    guard year >= Self.earliestYear else { throw .tooEarly }
    guard (year, month, day) <= today else { throw .inTheFuture }
    self.init(year: year, month: month, day: day)
  }

  private init(year: Int, month: Int, day: Int) {
    self.year = year
    self.month = month
    self.day = day
  }

  // MARK: As one integer

  /// 19960229 for 29 February 1996: how it is stored, and how it compares.
  var number: Int { year * 10_000 + month * 100 + day }

  /// Reads what `number` gave.
  init(number: Int) {
    self.init(year: number / 10_000, month: number / 100 % 100, day: number % 100)
  }

  // MARK: The calendar

  static func isLeap(_ year: Int) -> Bool { year % 4 == 0 && (year % 100 != 0 || year % 400 == 0) }

  private static func days(inMonth month: Int, of year: Int) -> Int {
    switch month {
    case 2: isLeap(year) ? 29 : 28
    case 4, 6, 9, 11: 30
    default: 31
    }
  }
}
