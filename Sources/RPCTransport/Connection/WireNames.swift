/// Header names and values of gRPC over HTTP/2, as bytes to compare with.
enum WireNames {
  static let method: StaticString = ":method"
  static let path: StaticString = ":path"
  static let status: StaticString = ":status"
  static let contentType: StaticString = "content-type"
  static let te: StaticString = "te"
  static let userAgent: StaticString = "user-agent"
  static let timeout: StaticString = "grpc-timeout"
  static let encoding: StaticString = "grpc-encoding"
  static let acceptEncoding: StaticString = "grpc-accept-encoding"
  static let previousAttempts: StaticString = "grpc-previous-rpc-attempts"
  static let retryPushback: StaticString = "grpc-retry-pushback-ms"
  static let rpcStatus: StaticString = "grpc-status"
  static let rpcMessage: StaticString = "grpc-message"
  static let rpcDetails: StaticString = "grpc-status-details-bin"

  static let rpcContentType = "application/grpc"
  private static let contentTypePrefix: StaticString = "application/grpc"
  private static let protoContentType: StaticString = "application/grpc+proto"
  static let protocolPrefix: StaticString = "grpc-"

  /// Names that belong to HTTP or to the protocol: never taken from a program's metadata, never shown in it. Of those of the protocol a
  /// handler may set one, `grpc-retry-pushback-ms`, and is shown one, `grpc-previous-rpc-attempts`.
  private static let reserved: Set<String> = [
    "content-type", "te", "host", "user-agent", "connection", "keep-alive", "proxy-connection", "transfer-encoding", "upgrade",
    "content-length",
  ]

  static func isReserved(_ name: UnsafeBufferPointer<UInt8>) -> Bool {
    if name.first == UInt8(ascii: ":") { return true }
    if name.hasPrefix(protocolPrefix) { return !name.equals(retryPushback) }
    // No reserved name is longer than transfer-encoding.
    return name.count <= 17 && reserved.contains(String(decoding: name, as: UTF8.self))
  }

  /// `application/grpc` or `application/grpc+proto`, alone or followed by `;parameters`. No other format is spoken here.
  static func isRPC(contentType: UnsafeBufferPointer<UInt8>) -> Bool {
    guard contentType.hasPrefix(contentTypePrefix) else { return false }
    let length = contentType.hasPrefix(protoContentType) ? protoContentType.utf8CodeUnitCount : contentTypePrefix.utf8CodeUnitCount
    return contentType.count == length || contentType[length] == UInt8(ascii: ";")
  }
}
