internal import Foundation

/// A span of the calendar that a board is about.
enum BoardPeriod: String, Sendable, CaseIterable {
  /// Monday to Sunday.
  case week, month, quarter, year

  /// The one that `instant` lies in.
  func span(at instant: Date, _ calendar: ProgramCalendar) -> Range<Date> {
    let day = calendar.civilDay(of: instant)
    switch self {
    case .week:
      let sinceMonday = calendar.weekday(of: instant) - 1
      return calendar.startOfDay(day, plusDays: -sinceMonday)..<calendar.startOfDay(day, plusDays: 7 - sinceMonday)
    case .month: return span(from: day.month, to: day.end(of: .month), calendar)
    case .quarter: return span(from: (day.month - 1) / 3 * 3 + 1, to: day.end(of: .quarter), calendar)
    case .year: return span(from: 1, to: day.end(of: .year), calendar)
    }
  }

  private func span(from month: Int, to last: CivilDay, _ calendar: ProgramCalendar) -> Range<Date> {
    calendar.start(of: CivilDay(year: last.year, month: month, day: 1))..<calendar.expiry(afterDay: last)
  }
}

enum BoardMeasure: Sendable { case points, growthValue }

/// Who stands on the boards, and under which name.
struct BoardMember: Equatable, Sendable {
  var memberID: String
  /// What others see beside the alias.
  var boardID: String
  var alias: String
  var joinedAt: Date
  /// Orders from here on stand on the boards.
  var countedFrom: Date
}

/// What an order adds to boards, or a return takes out of them, in the order's own time.
struct BoardChange: Equatable, Sendable {
  var orderAt: Date
  var storeID: String
  var points: Int64
  var growthValue: Int64
}

/// One member on one board.
struct BoardRow: Equatable, Sendable {
  var rank: Int64
  var boardID: String
  var alias: String
  var value: Int64
  var reachedAt: Date

  /// Equal values have equal ranks: one more than have a higher one. `rows` are in the order of the board.
  static func ranked(_ rows: [BoardRow]) -> [BoardRow] {
    var ranked: [BoardRow] = []
    for (index, row) in rows.enumerated() {
      var row = row
      row.rank = ranked.last.map { $0.value == row.value ? $0.rank : Int64(index + 1) } ?? 1
      ranked.append(row)
    }
    return ranked
  }
}

enum BoardLimits {
  static let maximumTop = 100
  static let usualTop = 10
  static let maximumAliasCharacters = 32
}
