import Foundation
import Testing

@testable import Loyalty

@Suite struct ReportSpanTests {
  private static let newYork = ProgramCalendar(timeZoneIdentifier: "America/New_York")

  @Test(
    "A span is cut where the calendar's periods begin in the programme's zone, also over a day of 23 hours and a 29 February",
    arguments: [
      (ReportSpan.Period.whole, "2028-01-15T05:00:00Z", "2028-03-15T05:00:00Z", []),
      (.day, "2026-03-07T12:00:00Z", "2026-03-10T04:00:00Z", ["2026-03-08T05:00:00Z", "2026-03-09T04:00:00Z"]),
      // 1 March 2028 is a Wednesday.
      (.week, "2028-03-01T05:00:00Z", "2028-03-14T12:00:00Z", ["2028-03-06T05:00:00Z", "2028-03-13T04:00:00Z"]),
      (.month, "2028-01-31T05:00:00Z", "2028-03-01T05:00:00.000001Z", ["2028-02-01T05:00:00Z", "2028-03-01T05:00:00Z"]),
      (.month, "2028-02-01T05:00:00Z", "2028-03-01T05:00:00Z", []),
      (.quarter, "2027-12-31T05:00:00Z", "2028-04-01T04:00:00Z", ["2028-01-01T05:00:00Z"]),
      (.year, "2026-06-01T04:00:00Z", "2028-06-01T04:00:00Z", ["2027-01-01T05:00:00Z", "2028-01-01T05:00:00Z"]),
    ])
  func periods(period: ReportSpan.Period, start: String, end: String, between: [String]) throws {
    let calendar = try #require(Self.newYork)
    let span = try #require(ReportSpan(from: instant(start), to: instant(end), by: period, in: calendar))
    #expect(span.bounds == ([start] + between + [end]).map { instant($0) })
    for (index, bound) in span.bounds.dropLast().enumerated() {
      #expect(span.index(of: bound) == index)
      #expect(span.index(of: span.bounds[index + 1].addingTimeInterval(-microsecond)) == index)
    }
    #expect(span.index(of: span.start.addingTimeInterval(-microsecond)) == nil && span.index(of: span.end) == nil)
  }

  @Test func aThousandPeriodsAreTheMost() throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "UTC"))
    let start = instant("2026-01-01T00:00:00Z")
    let most = start.addingTimeInterval(1_000 * 86_400)
    #expect(ReportSpan(from: start, to: most, by: .day, in: calendar)?.periods == 1_000)
    #expect(ReportSpan(from: start, to: most.addingTimeInterval(microsecond), by: .day, in: calendar) == nil)
  }
}
