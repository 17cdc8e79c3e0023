import Foundation
import Testing

@testable import Loyalty

@Suite struct TierPeriodsTests {
  @Test(
    "Each instant lies in its own period, and the next begins where it ends",
    arguments: ["UTC", "America/New_York", "Australia/Lord_Howe", "Asia/Shanghai", "America/Santiago"])
  func tiling(zone: String) throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: zone))
    let enrolments = ["2024-02-29T12:00:00Z", "2023-01-31T23:00:00Z", "2024-12-31T23:59:59Z"].map { instant($0) }
    let kinds =
      [ExpiryRule.Period.month, .quarter, .year].map { TierPeriods(of: $0, calendar) }
      + enrolments.map { TierPeriods(fromEnrolmentAt: $0, calendar) }
    for periods in kinds {
      var at = instant("2025-01-01T12:00:00Z")
      while at < instant("2029-04-01T00:00:00Z") {
        let index = periods.index(at: at)
        #expect(periods.start(of: index) <= at && at < periods.start(of: index + 1), "\(zone) \(at)")
        let end = periods.start(of: index + 1)
        #expect(periods.index(at: end) == index + 1)
        #expect(periods.index(at: end.addingTimeInterval(-microsecond)) == index)
        at.addTimeInterval(86_400 * 3.7)
      }
    }
  }

  @Test(
    "Days are counted by the calendar of the zone, whatever the clocks do",
    arguments: [
      ("2026-03-07T23:59:00-05:00", "2026-03-08T00:01:00-05:00", 1), ("2026-03-08T00:01:00-05:00", "2026-03-08T23:59:00-04:00", 0),
      ("2024-02-28T12:00:00-05:00", "2024-03-01T12:00:00-05:00", 2), ("2025-02-28T12:00:00-05:00", "2025-03-01T12:00:00-05:00", 1),
      ("2024-01-01T12:00:00-05:00", "2025-01-01T12:00:00-05:00", 366),
    ] as [(String, String, Int)])
  func days(from: String, to: String, days: Int) throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "America/New_York"))
    #expect(calendar.days(from: instant(from), to: instant(to)) == days)
  }
}
