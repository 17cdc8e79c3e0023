public import RPC

/// A request's place in a distributed trace, by W3C Trace Context: read from `traceparent`, or begun here.
///
/// Patron writes no spans of its own; it carries the trace on, so that its services appear in the trace of whoever calls.
public struct TraceContext: Sendable, Equatable {
  public static let metadataKey = "traceparent"

  /// 32 lower-case hexadecimal digits, not all zero.
  public let traceID: String
  /// 16 lower-case hexadecimal digits, not all zero: the caller's span.
  public let parentID: String
  /// Bit 0: sampled.
  public let flags: UInt8

  /// No trace.
  public static let none = TraceContext(traceID: "", parentID: "", flags: 0)

  private init(traceID: String, parentID: String, flags: UInt8) {
    self.traceID = traceID
    self.parentID = parentID
    self.flags = flags
  }

  /// Reads version 00, and the same fields of a later version, as the specification asks. Nil for anything malformed.
  public init?(traceparent: String) {
    let fields = traceparent.split(separator: "-", omittingEmptySubsequences: false)
    guard fields.count >= 4, Self.isHexadecimal(fields[0], 2), fields[0] != "ff", fields[0] != "00" || fields.count == 4,
      Self.isHexadecimal(fields[1], 32), fields[1].contains(where: { $0 != "0" }),
      Self.isHexadecimal(fields[2], 16), fields[2].contains(where: { $0 != "0" }),
      Self.isHexadecimal(fields[3], 2), let flags = UInt8(fields[3], radix: 16)
    else { return nil }
    self.init(traceID: String(fields[1]), parentID: String(fields[2]), flags: flags)
  }

  /// A trace of its own for a request that came with none.
  public init(random: any RandomSource) {
    self.init(traceID: Self.hexadecimal(random.bytes(16)), parentID: Self.hexadecimal(random.bytes(8)), flags: 0)
  }

  public var traceparent: String {
    "00-\(traceID)-\(parentID)-\(Self.hexadecimal([flags]))"
  }

  /// Sends the trace on with a call to another service.
  public func inject(into metadata: inout Metadata) {
    if !traceID.isEmpty { metadata.set(Self.metadataKey, traceparent) }
  }

  private static func isHexadecimal(_ text: Substring, _ count: Int) -> Bool {
    text.utf8.count == count && text.utf8.allSatisfy { (48...57).contains($0) || (97...102).contains($0) }
  }

  private static func hexadecimal(_ bytes: [UInt8]) -> String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: bytes.flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }
}

extension ServerContext {
  /// The trace that this call belongs to; `TraceContext.none` until the call has been observed.
  public var trace: TraceContext {
    get { self[TraceKey.self] }
    set { self[TraceKey.self] = newValue }
  }
}

private enum TraceKey: ServerContextKey {
  static let defaultValue = TraceContext.none
}
