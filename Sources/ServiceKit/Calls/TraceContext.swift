public import RPC

/// A request's place in a distributed trace, by W3C Trace Context: read from `traceparent`, or begun here.
///
/// Patron writes no spans of its own; it carries the trace on, so that its services appear in the trace of whoever calls.
public struct TraceContext: Sendable, Equatable {
  public static let metadataKey = "traceparent"

  /// As it travels in version 00, 55 characters; empty for no trace.
  public let traceparent: String

  /// No trace.
  public static let none = TraceContext(valid: "")

  private init(valid traceparent: String) { self.traceparent = traceparent }

  /// Reads version 00, and the same fields of a later version, as the specification asks. Nil for anything malformed.
  public init?(traceparent: String) {
    var text = traceparent
    let isVersion00: Bool? = text.withUTF8 { text in
      guard text.count >= Self.length, Self.dashes.allSatisfy({ text[$0] == UInt8(ascii: "-") }),
        Self.isHexadecimal(text[0..<2]), Self.isHexadecimal(text[Self.traceIDRange]), Self.isHexadecimal(text[Self.parentIDRange]),
        Self.isHexadecimal(text[53..<Self.length]),
        text[Self.traceIDRange].contains(where: { $0 != Self.zero }), text[Self.parentIDRange].contains(where: { $0 != Self.zero })
      else { return nil }
      let isVersion00 = text[0] == Self.zero && text[1] == Self.zero
      if isVersion00 { return text.count == Self.length ? true : nil }
      let isInvalidVersion = text[0] == UInt8(ascii: "f") && text[1] == UInt8(ascii: "f")
      let endsField = text.count == Self.length || text[Self.length] == UInt8(ascii: "-")
      return isInvalidVersion || !endsField ? nil : false
    }
    guard let isVersion00 else { return nil }
    self.init(valid: isVersion00 ? traceparent : "00" + String(decoding: Array(traceparent.utf8)[2..<Self.length], as: UTF8.self))
  }

  /// A trace of its own for a request that came with none; not sampled.
  public init(random: any RandomSource) {
    self.init(valid: "00-\(Self.hexadecimal(random.bytes(16)))-\(Self.hexadecimal(random.bytes(8)))-00")
  }

  /// 32 lower-case hexadecimal digits, not all zero; empty for no trace.
  public var traceID: String { field(Self.traceIDRange) }

  /// 16 lower-case hexadecimal digits, not all zero: the caller's span. Empty for no trace.
  public var parentID: String { field(Self.parentIDRange) }

  /// Bit 0: sampled.
  public var flags: UInt8 { UInt8(field(53..<Self.length), radix: 16) ?? 0 }

  /// Sends the trace on with a call to another service.
  public func inject(into metadata: inout Metadata) {
    if !traceparent.isEmpty { metadata.set(Self.metadataKey, traceparent) }
  }

  private static let length = 55
  private static let dashes = [2, 35, 52]
  private static let traceIDRange = 3..<35
  private static let parentIDRange = 36..<52
  private static let zero = UInt8(ascii: "0")

  private func field(_ range: Range<Int>) -> String {
    String(decoding: traceparent.utf8.dropFirst(range.lowerBound).prefix(range.count), as: UTF8.self)
  }

  private static func isHexadecimal(_ text: Slice<UnsafeBufferPointer<UInt8>>) -> Bool {
    text.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}
