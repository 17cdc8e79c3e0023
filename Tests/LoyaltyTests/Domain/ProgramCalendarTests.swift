import Foundation
import Testing

@testable import Loyalty

@Suite struct ProgramCalendarTests {
  @Test(
    "A lot lives to the last instant of the day that lies months later, in the rule's zone",
    arguments: [
      // The same day of a later month.
      ("UTC", "2026-03-15T10:00:00Z", 1, "2026-04-16T00:00:00Z"),
      // 31 January plus one month is the last day of February, in a common year and in a leap year.
      ("UTC", "2026-01-31T10:00:00Z", 1, "2026-03-01T00:00:00Z"),
      ("UTC", "2028-01-31T10:00:00Z", 1, "2028-03-01T00:00:00Z"),
      ("UTC", "2028-01-30T10:00:00Z", 1, "2028-03-01T00:00:00Z"),
      ("UTC", "2028-01-29T10:00:00Z", 1, "2028-03-01T00:00:00Z"),
      ("UTC", "2028-01-28T10:00:00Z", 1, "2028-02-29T00:00:00Z"),
      // 29 February: a year later there is none.
      ("UTC", "2028-02-29T10:00:00Z", 12, "2029-03-01T00:00:00Z"),
      ("UTC", "2028-02-29T10:00:00Z", 48, "2032-03-01T00:00:00Z"),
      // 2100 is no leap year, 2000 was.
      ("UTC", "2096-02-29T10:00:00Z", 48, "2100-03-01T00:00:00Z"),
      ("UTC", "1999-12-31T10:00:00Z", 2, "2000-03-01T00:00:00Z"),
      // Over the turn of the year, and the end of a month of 30 days.
      ("UTC", "2026-12-31T10:00:00Z", 1, "2027-02-01T00:00:00Z"),
      ("UTC", "2026-08-31T10:00:00Z", 1, "2026-10-01T00:00:00Z"),
      ("UTC", "2026-11-22T10:00:00Z", 12, "2027-11-23T00:00:00Z"),
      // The first and the last instant of a day are of one day.
      ("UTC", "2026-03-15T00:00:00Z", 1, "2026-04-16T00:00:00Z"),
      ("UTC", "2026-03-15T23:59:59.999999Z", 1, "2026-04-16T00:00:00Z"),
      // 20:00 in New York is the next day in UTC, and the rule counts in New York.
      ("America/New_York", "2026-02-01T00:30:00Z", 1, "2026-03-01T05:00:00Z"),
      // Earned in winter, expires in summer time.
      ("America/New_York", "2026-02-15T12:00:00Z", 2, "2026-04-16T04:00:00Z"),
      // Ahead of UTC: still 31 January at 15:59 UTC, already 1 February at 16:00.
      ("Asia/Shanghai", "2026-01-31T15:59:59Z", 1, "2026-02-28T16:00:00Z"),
      ("Asia/Shanghai", "2026-01-31T16:00:00Z", 1, "2026-03-01T16:00:00Z"),
      // Half hours, and the far side of the date line.
      ("Asia/Kolkata", "2026-05-09T18:30:00Z", 1, "2026-06-10T18:30:00Z"),
      ("Pacific/Kiritimati", "2026-01-30T10:00:00Z", 1, "2026-02-28T10:00:00Z"),
    ])
  func expiryInMonths(zone: String, earned: String, months: Int, expected: String) throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: zone))
    #expect(calendar.expiry(of: instant(earned), by: .months(months)) == instant(expected))
  }

  @Test("A day without midnight begins when its clocks resume")
  func missingMidnight() throws {
    // São Paulo skipped 00:00 to 01:00 on 4 November 2018.
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "America/Sao_Paulo"))
    #expect(calendar.expiry(of: instant("2018-10-03T12:00:00Z"), by: .months(1)) == instant("2018-11-04T03:00:00Z"))
  }

  @Test("Months of 0 never expire")
  func never() throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "UTC"))
    #expect(calendar.expiry(of: instant("2026-01-31T10:00:00Z"), by: .months(0)) == ProgramCalendar.never)
    #expect(ProgramCalendar.never == instant("9999-12-31T00:00:00Z"))
  }

  @Test("A grace of 30 days lives to the last instant of the thirtieth day after")
  func graceDays() throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "America/New_York"))
    #expect(calendar.expiry(of: instant("2026-10-15T12:00:00-04:00"), days: 30) == instant("2026-11-15T00:00:00-05:00"))
  }

  @Test("Activation keeps the time of day, also over a change of the clocks")
  func activation() throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "America/New_York"))
    let earned = instant("2026-10-30T12:00:00-04:00")
    #expect(calendar.instant(earned, plusDays: 0) == earned)
    #expect(calendar.instant(earned, plusDays: 14) == instant("2026-11-13T12:00:00-05:00"))
  }

  @Test(
    "A rolling window opens with the earliest day whose months reach today",
    arguments: [
      ("UTC", "2026-11-22T10:00:00Z", 12, "2025-11-22T00:00:00Z"),
      ("UTC", "2026-11-22T00:00:00Z", 12, "2025-11-22T00:00:00Z"),
      ("UTC", "2025-02-28T10:00:00Z", 12, "2024-02-28T00:00:00Z"),
      // 29 February 2024 counts to 28 February 2025 and is out the day after.
      ("UTC", "2025-03-01T10:00:00Z", 12, "2024-03-01T00:00:00Z"),
      // 28 February 2023 counted to 28 February 2024, a day short of the leap day.
      ("UTC", "2024-02-29T10:00:00Z", 12, "2023-03-01T00:00:00Z"),
      ("UTC", "2026-03-31T10:00:00Z", 1, "2026-03-01T00:00:00Z"),
      ("America/New_York", "2026-11-22T03:00:00Z", 12, "2025-11-21T05:00:00Z"),
    ])
  func windowStart(zone: String, at: String, months: Int, expected: String) throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: zone))
    #expect(calendar.windowStart(at: instant(at), months: months) == instant(expected))
  }

  @Test("Growth value counts exactly as long as a lot of the same age lives")
  func windowMatchesExpiry() throws {
    for zone in ["UTC", "America/New_York", "Asia/Shanghai", "Australia/Lord_Howe"] {
      let calendar = try #require(ProgramCalendar(timeZoneIdentifier: zone))
      var earned = instant("2027-12-20T13:00:00Z")
      while earned < instant("2028-04-05T00:00:00Z") {
        let end = calendar.expiry(of: earned, by: .months(12))
        #expect(calendar.windowStart(at: end.addingTimeInterval(-microsecond), months: 12) <= earned, "\(zone) \(earned)")
        #expect(calendar.windowStart(at: end, months: 12) > earned, "\(zone) \(earned)")
        earned.addTimeInterval(86_400)
      }
    }
  }

  @Test("An unknown zone has no calendar")
  func unknownZone() {
    #expect(ProgramCalendar(timeZoneIdentifier: "Mars/Olympus_Mons") == nil)
  }
}
