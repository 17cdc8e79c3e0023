/// HTTP/2 frames and header blocks as a peer without manners writes them (RFC 9113 section 6, RFC 7541).
enum Frames {
  static let preface = Array("PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n".utf8)
  static let greeting = preface + settings
  static let settings = frame(.settings)
  static let settingsAcknowledgement = frame(.settings, flags: 1)
  static let ping = frame(.ping, [1, 2, 3, 4, 5, 6, 7, 8])

  static let endStream: UInt8 = 0x1
  static let endHeaders: UInt8 = 0x4

  enum Kind: UInt8 {
    case data, headers, priority, reset, settings, pushPromise, ping, goaway, windowUpdate, continuation
  }

  static func frame(_ kind: Kind, flags: UInt8 = 0, stream: UInt32 = 0, _ payload: [UInt8] = []) -> [UInt8] {
    let count = UInt32(payload.count)
    return [UInt8(count >> 16 & 255), UInt8(count >> 8 & 255), UInt8(count & 255), kind.rawValue, flags] + bytes(stream) + payload
  }

  static func reset(stream: UInt32) -> [UInt8] { frame(.reset, stream: stream, [0, 0, 0, 8]) }

  /// The headers of a call, with END_HEADERS.
  static func request(stream: UInt32, _ method: String, ends: Bool, _ more: [UInt8] = []) -> [UInt8] {
    frame(.headers, flags: endHeaders | (ends ? endStream : 0), stream: stream, block(method) + more)
  }

  /// A call of one message, complete.
  static func call(stream: UInt32, _ method: String, _ message: [UInt8] = []) -> [UInt8] {
    request(stream: stream, method, ends: false) + frame(.data, flags: endStream, stream: stream, prefix(message.count) + message)
  }

  /// The header block of a call: nothing in it goes into HPACK's table.
  static func block(_ method: String) -> [UInt8] {
    [0x83, 0x86] + literal(4, "/grpc.testing.TestService/\(method)") + literal(1, "x") + literal(31, "application/grpc")
      + literal("te", "trailers")
  }

  /// A field whose name has an index in HPACK's static table.
  static func literal(_ index: Int, _ value: String) -> [UInt8] { integer(index, prefixBits: 4) + string(value) }

  static func literal(_ name: String, _ value: String) -> [UInt8] { [0] + string(name) + string(value) }

  /// A field that goes into HPACK's table, where index 62 means the latest.
  static func indexed(_ name: String, _ value: String) -> [UInt8] { [0x40] + string(name) + string(value) }

  private static func string(_ text: String) -> [UInt8] { integer(text.utf8.count, prefixBits: 7) + Array(text.utf8) }

  private static func integer(_ value: Int, prefixBits: Int) -> [UInt8] {
    let largest = 1 << prefixBits - 1
    guard value >= largest else { return [UInt8(value)] }
    var bytes = [UInt8(largest)]
    var rest = value - largest
    while rest > 127 {
      bytes.append(UInt8(rest & 127 | 128))
      rest >>= 7
    }
    return bytes + [UInt8(rest)]
  }

  /// What stands before a gRPC message of this length.
  static func prefix(_ length: Int, isCompressed: Bool = false) -> [UInt8] { [isCompressed ? 1 : 0] + bytes(UInt32(length)) }

  private static func bytes(_ number: UInt32) -> [UInt8] {
    [UInt8(number >> 24), UInt8(number >> 16 & 255), UInt8(number >> 8 & 255), UInt8(number & 255)]
  }
}
