/// A UTC time by the proleptic Gregorian calendar, which Timestamp uses back to the year 1; Foundation changes to the Julian one in 1582.
struct CivilTime: Equatable {
  var year: Int64
  var month: Int64
  var day: Int64
  var hour: Int64
  var minute: Int64
  var second: Int64

  private static let secondsPerDay: Int64 = 86_400
  /// The calendar repeats after 400 years.
  private static let daysPerCycle: Int64 = 146_097
  /// From 0000-03-01 to 1970-01-01. Years are counted from March, so that the leap day comes last.
  private static let daysBefore1970: Int64 = 719_468

  var secondsSince1970: Int64 {
    let marchYear = month > 2 ? year : year - 1
    let cycle = floorDivide(marchYear, 400)
    let yearOfCycle = marchYear - cycle * 400
    let dayOfYear = (153 * (month > 2 ? month - 3 : month + 9) + 2) / 5 + day - 1
    let dayOfCycle = yearOfCycle * 365 + yearOfCycle / 4 - yearOfCycle / 100 + dayOfYear
    let days = cycle * Self.daysPerCycle + dayOfCycle - Self.daysBefore1970
    return days * Self.secondsPerDay + hour * 3_600 + minute * 60 + second
  }
}

extension CivilTime {
  init(secondsSince1970 seconds: Int64) {
    let days = floorDivide(seconds, Self.secondsPerDay)
    let secondOfDay = seconds - days * Self.secondsPerDay
    let shifted = days + Self.daysBefore1970
    let cycle = floorDivide(shifted, Self.daysPerCycle)
    let dayOfCycle = shifted - cycle * Self.daysPerCycle
    let yearOfCycle = (dayOfCycle - dayOfCycle / 1_460 + dayOfCycle / 36_524 - dayOfCycle / 146_096) / 365
    let dayOfYear = dayOfCycle - (365 * yearOfCycle + yearOfCycle / 4 - yearOfCycle / 100)
    let marchMonth = (5 * dayOfYear + 2) / 153
    month = marchMonth < 10 ? marchMonth + 3 : marchMonth - 9
    day = dayOfYear - (153 * marchMonth + 2) / 5 + 1
    year = cycle * 400 + yearOfCycle + (month <= 2 ? 1 : 0)
    hour = secondOfDay / 3_600
    minute = secondOfDay / 60 % 60
    second = secondOfDay % 60
  }
}

private func floorDivide(_ dividend: Int64, _ divisor: Int64) -> Int64 {
  dividend >= 0 ? dividend / divisor : (dividend - divisor + 1) / divisor
}
