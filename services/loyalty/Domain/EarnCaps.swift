internal import Foundation

/// How much may be earned at most. Nil is any amount.
struct EarnCaps: Equatable, Sendable {
  var order: Int64?
  var day: Int64?
  var month: Int64?
  /// In a member's life.
  var member: Int64?

  var isEmpty: Bool { self == EarnCaps() }
  /// Whether what the member earned before counts.
  var concernMember: Bool { day != nil || month != nil || member != nil }

  /// What is left on `day`, a day number of the rule's calendar.
  func room(after use: EarnCapUse, on day: Int64) -> Int64 {
    let today = max(day, use.day)
    let points = use.points(on: today)
    return max(0, min((self.day ?? .max) - points.day, (month ?? .max) - points.month, (member ?? .max) - points.member))
  }
}

/// What a member has earned, or was promised by open checkouts, less what returns took back: since a rule first had a cap of the day, the
/// month or the member. One row a member, about the last day on which anything was counted.
struct EarnCapUse: Equatable, Sendable {
  /// `ProgramCalendar.dayNumber`, of which 31 make a month.
  var day: Int64 = 0
  var dayPoints: Int64 = 0
  var monthPoints: Int64 = 0
  var memberPoints: Int64 = 0

  /// As `EarnCapStore.reserve` counts: on the later of both days.
  func adding(_ points: Int64, on day: Int64) -> EarnCapUse {
    let today = max(day, self.day)
    let before = self.points(on: today)
    return EarnCapUse(
      day: today, dayPoints: before.day + points, monthPoints: before.month + points, memberPoints: before.member + points)
  }

  /// A day, or a month, that is over leaves nothing behind for the next.
  func points(on day: Int64) -> (day: Int64, month: Int64, member: Int64) {
    (
      day == self.day ? dayPoints : 0,
      ProgramCalendar.monthNumber(ofDay: day) == ProgramCalendar.monthNumber(ofDay: self.day) ? monthPoints : 0, memberPoints
    )
  }
}
