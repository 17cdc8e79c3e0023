/// What a server says of another attempt in `grpc-retry-pushback-ms`.
/// Rule: gRFC A6, "Pushback".
enum RetryPushback: Equatable {
  case after(Duration)
  case never

  /// Milliseconds as an Int32 without needless zeros. What is negative or no number asks for no further attempt.
  init(_ value: UnsafeBufferPointer<UInt8>) {
    let digits = UInt8(ascii: "0")...UInt8(ascii: "9")
    let hasNeedlessZero = value.count > 1 && value.first == digits.lowerBound
    guard value.allSatisfy(digits.contains), !hasNeedlessZero, let milliseconds = Int32(String(decoding: value, as: UTF8.self)) else {
      self = .never
      return
    }
    self = .after(.milliseconds(Int64(milliseconds)))
  }
}
