import Foundation
import Testing

@testable import Loyalty

@Suite struct ExpiryRuleTests {
  @Test(
    "The last day of points that are earned on a day, and the first instant after it",
    arguments: [
      ("365D", "2026-11-22", "2027-11-23"), ("1D", "2028-02-28", "2028-03-01"), ("1D", "2026-02-28", "2026-03-02"),
      ("366D", "2028-02-29", "2029-03-02"), ("12M", "2028-02-29", "2029-03-01"), ("2Y", "2028-02-29", "2030-03-01"),
      ("4Y", "2028-02-29", "2032-03-01"),
      // A span, and on to the end of a period.
      ("12M end_of_month", "2026-11-22", "2027-12-01"), ("12M end_of_month", "2028-02-29", "2029-03-01"),
      ("1M end_of_month", "2028-01-31", "2028-03-01"), ("1M end_of_month", "2026-11-30", "2027-01-01"),
      ("10D end_of_month", "2026-11-20", "2026-12-01"), ("10D end_of_month", "2026-11-21", "2027-01-01"),
      ("3M end_of_quarter", "2026-11-22", "2027-04-01"), ("1Y end_of_year", "2026-01-01", "2028-01-01"),
      // The end of the period in which they are earned.
      ("end_of_month", "2028-02-29", "2028-03-01"), ("end_of_month", "2026-02-01", "2026-03-01"),
      ("end_of_quarter", "2026-01-01", "2026-04-01"), ("end_of_quarter", "2026-12-31", "2027-01-01"),
      ("end_of_year", "2026-12-31", "2027-01-01"), ("end_of_year", "2027-01-01", "2028-01-01"),
      // And a span more: from the end of a month to the end of a month.
      ("end_of_year+3M", "2026-11-22", "2027-04-01"), ("end_of_year+2M", "2027-06-01", "2028-03-01"),
      ("end_of_month+1M", "2026-02-10", "2026-04-01"), ("end_of_year+31D", "2026-11-22", "2027-02-01"),
      ("end_of_month+12M", "2027-02-10", "2028-03-01"), ("end_of_quarter+1Y", "2026-05-05", "2027-07-01"),
      // What lives on with every order ends like a span when there is none.
      ("12M inactive", "2026-11-22", "2027-11-23"), ("90D inactive", "2026-11-22", "2027-02-21"),
    ])
  func ends(text: String, earned: String, firstDayAfter: String) throws {
    let rule = try #require(ExpiryRule(text))
    for (zone, offset) in [("UTC", "Z"), ("Asia/Shanghai", "+08:00")] {
      let calendar = try #require(ProgramCalendar(timeZoneIdentifier: zone))
      for time in ["00:00:00", "23:59:59.999999"] {
        #expect(calendar.expiry(of: instant("\(earned)T\(time)\(offset)"), by: rule) == instant("\(firstDayAfter)T00:00:00\(offset)"))
      }
    }
  }

  @Test("Days are days of the zone, over a change of its clocks as well")
  func daysOverAChangeOfTheClocks() throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "America/New_York"))
    let rule = try #require(ExpiryRule("30D"))
    #expect(calendar.expiry(of: instant("2026-10-15T12:00:00-04:00"), by: rule) == instant("2026-11-15T00:00:00-05:00"))
  }

  @Test("Never is the end of time")
  func never() throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "UTC"))
    #expect(calendar.expiry(of: instant("2026-11-22T00:00:00Z"), by: try #require(ExpiryRule("never"))) == ProgramCalendar.never)
  }

  @Test(
    "A rule has one text, and what is none is refused",
    arguments: [
      "", " ", "Never", "12", "M", "0M", "-1M", "+1M", "01M", "1.5M", "12m", "12M ", " 12M", "12M  end_of_month", "12M end_of_week",
      "12M never",
      "601M", "51Y", "18301D", "99999999999999999999D", "end_of_year+", "end_of_year+0M", "end_of_year+3M+3M", "end_of_year 3M",
      "end_of_year inactive", "inactive", "never inactive", "12M inactive inactive", "١M", "1M\u{0}",
      "12M end_of_month                        ",
    ])
  func refused(text: String) {
    #expect(ExpiryRule(text) == nil)
  }

  @Test(
    arguments: [
      "never", "1D", "18300D", "600M", "50Y", "365D", "12M end_of_month", "1Y end_of_quarter", "end_of_month", "end_of_year+3M",
      "end_of_quarter+90D", "12M inactive",
    ])
  func theTextOfARuleIsThatRule(text: String) throws {
    #expect(try #require(ExpiryRule(text)).text == text)
  }

  @Test("Points never end before the fewest days that their rule promises, and never before the day after they are earned")
  func fewestDays() throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "America/Sao_Paulo"))
    for text in ["1D", "30D", "1M", "2M end_of_month", "1Y", "end_of_month", "end_of_year", "end_of_month+1M", "end_of_quarter+5D"] {
      let rule = try #require(ExpiryRule(text))
      let fewest = try #require(rule.fewestDays)
      for day in 0..<1_500 {
        let earned = instant("2016-01-01T23:30:00-02:00").addingTimeInterval(Double(day) * 86_400)
        #expect(calendar.expiry(of: earned, by: rule) > calendar.instant(earned, plusDays: fewest), "\(text) on \(earned)")
      }
    }
  }
}
