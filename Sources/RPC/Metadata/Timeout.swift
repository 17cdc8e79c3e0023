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
  package static func parse(_ text: UnsafeBufferPointer<UInt8>) -> Duration? {
    guard (2...9).contains(text.count) else { return nil }
    let unit = text[text.count - 1]
    guard let scale = nanosecondsByUnit.first(where: { $0.unit == unit })?.nanoseconds else { return nil }
    var value: Int64 = 0
    for place in 0..<text.count - 1 {
      guard (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(text[place]) else { return nil }
      value = value * 10 + Int64(text[place] - UInt8(ascii: "0"))
    }
    return .nanoseconds(scale) * value
  }

  /// In the finest unit that fits, rounded up, so that a short timeout does not become none.
  package static func format(_ duration: Duration) -> String {
    let (seconds, attoseconds) = max(duration, .zero).components
    guard seconds < secondsOfWholeNanoseconds else { return "\(min((seconds - (attoseconds == 0 ? 1 : 0)) / 3600 + 1, largestValue))H" }
    let nanoseconds = max(seconds * 1_000_000_000 + (attoseconds + 999_999_999) / 1_000_000_000, 1)
    for (unit, scale) in nanosecondsByUnit {
      let value = (nanoseconds - 1) / scale + 1
      if value <= largestValue { return String(value) + String(UnicodeScalar(unit)) }
    }
    return "\(largestValue)H"
  }

  /// Fewer seconds than this are counted in nanoseconds by 64 bits: 285 years.
  private static let secondsOfWholeNanoseconds: Int64 = 9_000_000_000
}
