import Foundation
import Testing

@testable import Campaign

@Suite struct CalendarDateTests {
  @Test(arguments: [
    (2024, 2, 29, true), (2026, 2, 29, false), (2000, 2, 29, true), (2100, 2, 29, false), (2026, 4, 31, false), (2026, 12, 31, true),
    (2026, 13, 1, false), (2026, 0, 1, false), (2026, 1, 0, false), (2026, 1, -1, false), (1899, 12, 31, false), (9999, 12, 31, true),
    (10_000, 1, 1, false),
  ])
  func `only days of the calendar are dates`(year: Int, month: Int, day: Int, exists: Bool) {
    #expect((CalendarDate(year: year, month: month, day: day) != nil) == exists)
  }

  @Test(arguments: ["2024-02-29", "1900-01-01", "9999-12-31"])
  func `the text of a date reads back as the date`(text: String) throws {
    #expect(try #require(CalendarDate(text: text)).text == text)
  }

  @Test(arguments: ["2026-02-29", "2026-2-28", "26-02-28", "2026-02-28T00", "", "2026-02", "+2026-02-28"])
  func `other texts are not dates`(text: String) {
    #expect(CalendarDate(text: text) == nil)
  }
}

@Suite struct IANATimeZoneTests {
  @Test(arguments: ["Asia/Shanghai", "UTC", "GMT", "America/Argentina/Buenos_Aires", "US/Pacific"])
  func `a name of the data base is kept as it was given`(name: String) {
    #expect(IANATimeZone(name: name)?.name == name)
  }

  @Test(arguments: ["", "GMT+8", "UTC+3", "EST", "Foo/Bar", "../../etc/passwd", "/etc/localtime", "asia/shanghai"])
  func `offsets, abbreviations and inventions are not zones`(name: String) {
    #expect(IANATimeZone(name: name) == nil)
  }
}

@Suite struct ValidityPeriodTests {
  struct Row: Sendable {
    let zone: String
    let start: String
    let end: String
    /// The first instant in force, and the first no longer.
    let open: String
    let close: String
  }

  @Test(arguments: [
    Row(zone: "UTC", start: "2026-03-31", end: "2026-03-31", open: "2026-03-31T00:00:00Z", close: "2026-04-01T00:00:00Z"),
    Row(zone: "Asia/Shanghai", start: "2026-03-01", end: "2026-03-31", open: "2026-02-28T16:00:00Z", close: "2026-03-31T16:00:00Z"),
    // 29 February, and its absence.
    Row(zone: "UTC", start: "2024-02-28", end: "2024-02-29", open: "2024-02-28T00:00:00Z", close: "2024-03-01T00:00:00Z"),
    Row(zone: "UTC", start: "2026-02-28", end: "2026-02-28", open: "2026-02-28T00:00:00Z", close: "2026-03-01T00:00:00Z"),
    Row(zone: "UTC", start: "2026-12-31", end: "2026-12-31", open: "2026-12-31T00:00:00Z", close: "2027-01-01T00:00:00Z"),
    // A day of 23 hours and a day of 25.
    Row(zone: "America/New_York", start: "2026-03-08", end: "2026-03-08", open: "2026-03-08T05:00:00Z", close: "2026-03-09T04:00:00Z"),
    Row(zone: "America/New_York", start: "2026-11-01", end: "2026-11-01", open: "2026-11-01T04:00:00Z", close: "2026-11-02T05:00:00Z"),
    // Midnight is skipped: the day begins at 01:00.
    Row(zone: "America/Sao_Paulo", start: "2018-11-04", end: "2018-11-04", open: "2018-11-04T03:00:00Z", close: "2018-11-05T02:00:00Z"),
    // The last hour of the day comes twice, and both belong to it.
    Row(zone: "America/Sao_Paulo", start: "2018-02-17", end: "2018-02-17", open: "2018-02-17T02:00:00Z", close: "2018-02-18T03:00:00Z"),
    // The first hour of the day comes twice, and both belong to it.
    Row(zone: "America/Havana", start: "2018-11-04", end: "2018-11-04", open: "2018-11-04T04:00:00Z", close: "2018-11-05T05:00:00Z"),
    // Samoa had no 30 December 2011.
    Row(zone: "Pacific/Apia", start: "2011-12-29", end: "2011-12-29", open: "2011-12-29T10:00:00Z", close: "2011-12-30T10:00:00Z"),
  ])
  func `a period runs from the first instant of its first day to the last of its last`(_ row: Row) {
    let period = ValidityPeriod(startDate: date(row.start), endDate: date(row.end), zone: zone(row.zone))
    #expect(period.openInstant == instant(row.open))
    #expect(period.closeInstant == instant(row.close))
    let microsecond = 0.000_001
    #expect(period.position(of: instant(row.open).addingTimeInterval(-microsecond)) == .before)
    #expect(period.position(of: instant(row.open)) == .within)
    #expect(period.position(of: instant(row.close).addingTimeInterval(-microsecond)) == .within)
    #expect(period.position(of: instant(row.close)) == .after)
  }

  @Test func `without dates a period has no ends`() {
    #expect(ValidityPeriod.unbounded.position(of: .distantPast) == .within)
    #expect(ValidityPeriod.unbounded.position(of: .distantFuture) == .within)
    let open = ValidityPeriod(startDate: date("2026-03-31"), endDate: nil, zone: zone("UTC"))
    #expect(open.position(of: .distantFuture) == .within)
    #expect(open.position(of: .distantPast) == .before)
  }
}
