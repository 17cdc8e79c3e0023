internal import HTTP2
internal import RPC

/// Builds a response's headers and trailers. The usual ones are constants.
enum ResponseHeaders {
  private static let plain = HeaderList.constant([(":status", "200"), ("content-type", WireNames.rpcContentType)])
  private static let success = HeaderList.constant([("grpc-status", "0")])

  /// A longer grpc-message is cut: it is for people, and a client drops headers over its limit with all that they say.
  private static let largestMessageBytes = 2048

  static func head(_ metadata: Metadata, _ compression: Compression) -> HeaderList {
    guard !metadata.isEmpty || compression != .identity else { return plain }
    var headers = plain
    if compression != .identity { headers.append("grpc-encoding", compression.rawValue) }
    headers.append(metadata)
    return headers
  }

  static func trailers(_ metadata: Metadata) -> HeaderList {
    guard !metadata.isEmpty else { return success }
    var headers = success
    headers.append(metadata)
    return headers
  }

  /// The end of a call that failed: by itself when headers were sent before, else as a trailers-only response.
  /// - Parameter limit: bytes of header list that the peer takes; details that do not fit are left out.
  static func failure(_ error: RPCError, _ metadata: Metadata, isOnly: Bool, limit: UInt32) -> HeaderList {
    var headers = isOnly ? plain : HeaderList()
    headers.append("grpc-status", String(error.code.rawValue))
    if !error.message.isEmpty {
      headers.append("grpc-message", PercentEncoding.encode(cut(error.message)))
    }
    for (name, value) in error.trailers where name == "grpc-accept-encoding" { headers.append(name, value) }
    headers.append(error.trailers)
    headers.append(metadata)
    if let details = StatusDetails.encode(error) {
      let text = Base64.encode(details)
      if headers.listBytes + text.count + 64 <= Int(clamping: limit) { headers.append("grpc-status-details-bin", text) }
    }
    return headers
  }

  /// For whoever came with something else than gRPC; a text follows.
  static func http(status: Int, contentLength: Int) -> HeaderList {
    HeaderList([(":status", String(status)), ("content-type", "text/plain"), ("content-length", String(contentLength))])
  }

  private static func cut(_ message: String) -> String {
    guard message.utf8.count > largestMessageBytes else { return message }
    return String(decoding: message.utf8.prefix(largestMessageBytes), as: UTF8.self)
  }
}

extension HeaderList {
  /// Adds a program's metadata, without names that are not its to set.
  mutating func append(_ metadata: Metadata) {
    metadata.forEachField { name, value in
      if !WireNames.isReserved(name) { append(name, value) }
    }
  }
}
