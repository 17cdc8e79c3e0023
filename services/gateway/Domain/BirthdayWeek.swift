import Foundation

/// Whether an instant lies in the week of a birthday, Monday to Sunday, as a store's clock counts days.
///
/// Loyalty gives points for it and is told no more than this one word: the birthday stays in identity.
enum BirthdayWeek {
  /// - Parameter timeZone: IANA; where this machine does not know it, no week is anybody's.
  static func contains(_ instant: Date, birthdayMonth month: Int, day: Int, timeZone: String) -> Bool {
    guard (1...12).contains(month), (1...31).contains(day), let zone = TimeZone(identifier: timeZone) else { return false }
    var calendar = Calendar(identifier: .iso8601)
    calendar.timeZone = zone
    guard let week = calendar.dateInterval(of: .weekOfYear, for: instant) else { return false }
    let year = calendar.component(.year, from: instant)
    // The week of New Year's Eve may hold a birthday of January, and the other way round.
    return (year - 1...year + 1).contains { year in
      guard let birthday = anniversary(year, month, day, calendar) else { return false }
      return week.start <= birthday && birthday < week.end
    }
  }

  /// Noon, which every zone has on every day. Who was born on 29 February has the 28th in other years.
  private static func anniversary(_ year: Int, _ month: Int, _ day: Int, _ calendar: Calendar) -> Date? {
    let isLeap = year.isMultiple(of: 4) && (!year.isMultiple(of: 100) || year.isMultiple(of: 400))
    let day = month == 2 && day == 29 && !isLeap ? 28 : day
    return calendar.date(from: DateComponents(year: year, month: month, day: day, hour: 12))
  }
}
