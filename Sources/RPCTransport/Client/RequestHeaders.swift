internal import HTTP2
internal import RPC

/// Builds a request's headers.
enum RequestHeaders {
  private static let userAgent = "patron-swift/1.0"

  static func make(
    _ method: MethodDescriptor, _ metadata: Metadata, authority: String, isEncrypted: Bool, timeout: Duration?, compression: Compression,
    previousAttempts: Int
  ) -> HeaderList {
    var headers = HeaderList()
    headers.append(":method", "POST")
    headers.append(":scheme", isEncrypted ? "https" : "http")
    headers.append(":path", method.path)
    headers.append(":authority", authority)
    headers.append("te", "trailers")
    headers.append("content-type", WireNames.rpcContentType)
    headers.append("user-agent", userAgent)
    headers.append("grpc-accept-encoding", Compression.accepted)
    if compression != .identity { headers.append("grpc-encoding", compression.rawValue) }
    if let timeout { headers.append("grpc-timeout", Timeout.format(timeout)) }
    if previousAttempts > 0 { headers.append("grpc-previous-rpc-attempts", String(previousAttempts)) }
    headers.append(metadata)
    return headers
  }
}
