import Foundation
import GoogleProto
import PatronAPI
import Testing

@Suite struct TimestampTests {
  static let instants: [(Int64, Int32)] = [
    (0, 0), (0, 1_000), (-1, 999_999_000), (-1, 0), (1_700_000_000, 123_456_000), (4_102_444_800, 999_999_000),
    (-2_208_988_800, 1_000), (978_307_200, 0), (978_307_199, 999_999_000),
  ]

  @Test("Microseconds survive Date exactly", arguments: instants)
  func microsecondsSurvive(seconds: Int64, nanos: Int32) {
    let timestamp = GoogleProtobuf.Timestamp(seconds: seconds, nanos: nanos)
    #expect(GoogleProtobuf.Timestamp(timestamp.date) == timestamp)
  }

  @Test func everyMicrosecondOfASecondSurvives() {
    for microsecond in stride(from: Int32(0), to: 1_000_000, by: 7) {
      let timestamp = GoogleProtobuf.Timestamp(seconds: 1_790_000_001, nanos: microsecond * 1_000)
      #expect(GoogleProtobuf.Timestamp(timestamp.date) == timestamp)
    }
  }

  @Test func nanosecondsAreCutToTheMicrosecondBelow() {
    let timestamp = GoogleProtobuf.Timestamp(seconds: 5, nanos: 1_999)
    #expect(GoogleProtobuf.Timestamp(timestamp.date) == GoogleProtobuf.Timestamp(seconds: 5, nanos: 1_000))
  }

  @Test(
    "What a peer sends out of range is clamped, never trapped on",
    arguments: [
      (Int64.max, Int32.max), (Int64.min, Int32.min), (253_402_300_800, 0), (0, -1), (0, 1_000_000_000),
    ])
  func outOfRange(seconds: Int64, nanos: Int32) {
    let timestamp = GoogleProtobuf.Timestamp(seconds: seconds, nanos: nanos)
    #expect(!timestamp.isValid)
    #expect(GoogleProtobuf.Timestamp(timestamp.date).isValid)
  }

  @Test func datesOutsideTheYears1To9999AreClamped() {
    #expect(GoogleProtobuf.Timestamp(Date(timeIntervalSince1970: .greatestFiniteMagnitude)).seconds == 253_402_300_799)
    #expect(GoogleProtobuf.Timestamp(Date(timeIntervalSince1970: -.infinity)).seconds == -62_135_596_800)
    #expect(GoogleProtobuf.Timestamp(Date.distantFuture).isValid)
  }

  @Test func durationsGoBothWays() {
    #expect(GoogleProtobuf.Duration(.milliseconds(-1_500)) == GoogleProtobuf.Duration(seconds: -1, nanos: -500_000_000))
    #expect(GoogleProtobuf.Duration(seconds: 2, nanos: 5).duration == .seconds(2) + .nanoseconds(5))
  }
}
