import Foundation

/// RFC 3339 in UTC with milliseconds, for the years 0 to 9999, by arithmetic: Foundation's formatters cost more than the rest of a log line.
enum LogTime {
  static func print(_ date: Date) -> String {
    let milliseconds = date.microsecondsSince1970.flooringDivided(by: 1_000)
    let days = milliseconds.flooringDivided(by: 86_400_000)
    let (year, month, day) = civilDate(daysSince1970: days)
    var rest = milliseconds - days * 86_400_000
    let hour = rest / 3_600_000
    rest %= 3_600_000
    let minute = rest / 60_000
    rest %= 60_000
    return String(unsafeUninitializedCapacity: pattern.utf8CodeUnitCount) { text in
      _ = text.initialize(from: UnsafeBufferPointer(start: pattern.utf8Start, count: pattern.utf8CodeUnitCount))
      for (offset, width, number) in [
        (0, 4, min(max(year, 0), 9999)), (5, 2, month), (8, 2, day), (11, 2, hour), (14, 2, minute), (17, 2, rest / 1_000),
        (20, 3, rest % 1_000),
      ] {
        var rest = number
        for place in (offset..<offset + width).reversed() {
          text[place] = UInt8(ascii: "0") + UInt8(rest % 10)
          rest /= 10
        }
      }
      return pattern.utf8CodeUnitCount
    }
  }

  private static let pattern: StaticString = "0000-00-00T00:00:00.000Z"

  /// The proleptic Gregorian date, in years that begin in March so that the leap day comes last.
  private static func civilDate(daysSince1970 days: Int64) -> (year: Int64, month: Int64, day: Int64) {
    let shifted = days + 719_468
    let era = shifted.flooringDivided(by: 146_097)
    let dayOfEra = shifted - era * 146_097
    let yearOfEra = (dayOfEra - dayOfEra / 1_460 + dayOfEra / 36_524 - dayOfEra / 146_096) / 365
    let dayOfYear = dayOfEra - (365 * yearOfEra + yearOfEra / 4 - yearOfEra / 100)
    let monthFromMarch = (5 * dayOfYear + 2) / 153
    let month = monthFromMarch < 10 ? monthFromMarch + 3 : monthFromMarch - 9
    return (era * 400 + yearOfEra + (month <= 2 ? 1 : 0), month, dayOfYear - (153 * monthFromMarch + 2) / 5 + 1)
  }
}

extension Int64 {
  /// Rounded towards minus infinity, so that instants before 1970 fall on the right day.
  fileprivate func flooringDivided(by divisor: Int64) -> Int64 {
    let (quotient, remainder) = quotientAndRemainder(dividingBy: divisor)
    return remainder < 0 ? quotient - 1 : quotient
  }
}
