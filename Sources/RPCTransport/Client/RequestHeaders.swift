internal import HTTP2
internal import RPC

/// Builds the headers of a connection's requests. What is the same in all requests for a method is put together once.
struct RequestHeaders {
  private static let userAgent = "patron-swift/1.0"
  /// Methods that are kept; those that come when there are so many are put together for each call.
  private static let methodsAtMost = 64

  private let authority: String
  private let isEncrypted: Bool
  private var kept: [(method: MethodDescriptor, headers: HeaderList)] = []

  init(authority: String, isEncrypted: Bool) {
    self.authority = authority
    self.isEncrypted = isEncrypted
  }

  mutating func make(
    _ method: MethodDescriptor, _ metadata: Metadata, timeout: Duration?, compression: Compression, previousAttempts: Int
  ) -> HeaderList {
    var headers = beginning(method)
    if compression != .identity { headers.append("grpc-encoding", compression.rawValue) }
    if let timeout { headers.append("grpc-timeout", Timeout.format(timeout)) }
    if previousAttempts > 0 { headers.append("grpc-previous-rpc-attempts", String(previousAttempts)) }
    headers.append(metadata)
    return headers
  }

  private mutating func beginning(_ method: MethodDescriptor) -> HeaderList {
    // A program has one descriptor for each of its methods, so that comparing them compares two addresses.
    if let found = kept.first(where: { $0.method == method }) { return found.headers }
    let headers = HeaderList([
      (":method", "POST"), (":scheme", isEncrypted ? "https" : "http"), (":path", method.path), (":authority", authority),
      ("te", "trailers"),
      ("content-type", WireNames.rpcContentType), ("user-agent", Self.userAgent), ("grpc-accept-encoding", Compression.accepted),
    ])
    if kept.count < Self.methodsAtMost { kept.append((method, headers)) }
    return headers
  }
}
