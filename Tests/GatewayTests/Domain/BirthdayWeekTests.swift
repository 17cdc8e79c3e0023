import Foundation
import Testing

@testable import Gateway

@Suite struct BirthdayWeekTests {
  @Test(
    "The week of a birthday is Monday to Sunday, as the store counts days",
    arguments: [
      // Wednesday 25 November 2026.
      (11, 25, "2026-11-23T00:00:00-05:00", true), (11, 25, "2026-11-22T23:59:59-05:00", false),
      (11, 25, "2026-11-29T23:59:59-05:00", true), (11, 25, "2026-11-30T00:00:00-05:00", false),
      // The year ends within the week: 28 December 2026 to 3 January 2027.
      (1, 2, "2026-12-29T12:00:00-05:00", true), (12, 30, "2027-01-03T12:00:00-05:00", true), (1, 4, "2027-01-03T12:00:00-05:00", false),
      // 29 February is the 28th, a Sunday, in 2027; and itself in 2028.
      (2, 29, "2027-02-22T00:00:00-05:00", true), (2, 29, "2027-03-01T00:00:00-05:00", false),
      (2, 29, "2028-02-29T12:00:00-05:00", true),
      // No birthday that anybody has.
      (0, 0, "2026-11-25T12:00:00-05:00", false), (13, 1, "2026-11-25T12:00:00-05:00", false),
    ] as [(Int, Int, String, Bool)])
  func week(month: Int, day: Int, now: String, expected: Bool) throws {
    let now = try Date.ISO8601FormatStyle().parse(now)
    #expect(BirthdayWeek.contains(now, birthdayMonth: month, day: day, timeZone: "America/New_York") == expected)
  }

  @Test func aZoneThatNobodyKnowsHasNoWeeks() {
    #expect(!BirthdayWeek.contains(.distantPast, birthdayMonth: 11, day: 25, timeZone: "Mars/Olympus_Mons"))
  }
}
