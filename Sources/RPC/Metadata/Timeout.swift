/// `grpc-timeout`: at most eight digits and a unit.
/// Rule: `Timeout` of PROTOCOL-HTTP2.md.
package enum Timeout {
  private static let nanosecondsByUnit: [(unit: UInt8, nanoseconds: Int64)] = [
    (UInt8(ascii: "n"), 1),
    (UInt8(ascii: "u"), 1_000),
    (UInt8(ascii: "m"), 1_000_000),
    (UInt8(ascii: "S"), 1_000_000_000),
    (UInt8(ascii: "M"), 60_000_000_000),
    (UInt8(ascii: "H"), 3_600_000_000_000),
  ]

  private static let largestValue: Int64 = 99_999_999

  /// Nil when malformed. 99,999,999 hours do not overflow: `Duration` holds 128 bits.
  package static func parse(_ text: some BidirectionalCollection<UInt8>) -> Duration? {
    guard let unit = text.last, (2...9).contains(text.count) else { return nil }
    guard let scale = nanosecondsByUnit.first(where: { $0.unit == unit })?.nanoseconds else { return nil }
    var value: Int64 = 0
    for digit in text.dropLast() {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(digit) else { return nil }
      value = value * 10 + Int64(digit - UInt8(ascii: "0"))
    }
    return .nanoseconds(scale) * value
  }

  /// In the finest unit that fits, rounded up, so that a short timeout does not become none.
  package static func format(_ duration: Duration) -> String {
    for (unit, nanoseconds) in nanosecondsByUnit {
      let scale = Duration.nanoseconds(nanoseconds)
      guard duration <= scale * largestValue else { continue }
      let (seconds, attoseconds) = max(duration, scale).components
      let exact =
        nanoseconds >= 1_000_000_000
        ? (seconds + (attoseconds > 0 ? 1 : 0) + nanoseconds / 1_000_000_000 - 1) / (nanoseconds / 1_000_000_000)
        : (seconds * 1_000_000_000 + (attoseconds + 999_999_999) / 1_000_000_000 + nanoseconds - 1) / nanoseconds
      return "\(exact)\(Character(UnicodeScalar(unit)))"
    }
    return "\(largestValue)H"
  }
}
