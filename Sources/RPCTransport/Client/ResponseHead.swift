internal import HTTP2
internal import RPC

/// What a response's header block says, be it the first one, trailers, or both in one; read field by field as they arrive.
struct ResponseHead {
  private(set) var httpStatus: Int?
  private(set) var rpcStatus: StatusCode?
  private(set) var metadata = Metadata()

  private var isRPC = false
  private var hasUnknownEncoding = false
  private(set) var encoding = Compression.identity
  /// What the server says of another attempt.
  private(set) var pushback: RetryPushback?
  private var message = ""
  private var details: [ErrorDetail] = []
  /// Whether fields are missing.
  private var isOverLimit = false

  /// An informational response (1xx), which says nothing of the call.
  var isInformational: Bool { httpStatus.map { (100..<200).contains($0) } ?? false }

  /// Why the response cannot be that of a call, seen from its first header block.
  var refusal: RPCError? {
    if isOverLimit { return RPCError(.resourceExhausted, "The response's headers are over the limit of this client.") }
    guard rpcStatus == nil else { return nil }
    if httpStatus != 200 {
      return RPCError(StatusCode(httpStatus: httpStatus ?? 0), "The server answered with HTTP status \(httpStatus ?? 0).")
    }
    if !isRPC { return RPCError(.unknown, "The response is not gRPC: wrong content-type.") }
    if hasUnknownEncoding { return RPCError(.internalError, "The response uses an encoding that was not offered.") }
    return nil
  }

  /// How the call ended, seen from its last header block: nil when it is OK.
  var failure: RPCError? {
    if isOverLimit { return RPCError(.resourceExhausted, "The response's trailers are over the limit of this client.") }
    guard let rpcStatus else { return RPCError(.internalError, "The response ended without a status.") }
    guard rpcStatus != .ok else { return nil }
    return RPCError(rpcStatus, message, details: details, trailers: metadata)
  }

  /// The block that has arrived, whole or cut at the limit; the next one begins.
  mutating func takeFinished(isOverLimit: Bool) -> ResponseHead {
    var finished = self
    finished.isOverLimit = isOverLimit
    self = ResponseHead()
    return finished
  }

  mutating func read(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    if name.equals(WireNames.status) {
      httpStatus = Int(String(decoding: value, as: UTF8.self))
    } else if name.equals(WireNames.contentType) {
      isRPC = WireNames.isRPC(contentType: value)
    } else if name.equals(WireNames.rpcStatus) {
      // A status that is no number is no status that we know.
      rpcStatus = Int32(String(decoding: value, as: UTF8.self)).map { StatusCode(rawValue: $0).canonical } ?? .unknown
    } else if name.equals(WireNames.rpcMessage) {
      message = PercentEncoding.decode(value)
    } else if name.equals(WireNames.rpcDetails) {
      details = Base64.decode(value).map { StatusDetails.decode($0) } ?? []
    } else if name.equals(WireNames.encoding) {
      if let known = Compression(name: value) { encoding = known } else { hasUnknownEncoding = true }
    } else if name.equals(WireNames.retryPushback) {
      // Two answers to one question are none that can be read.
      pushback = pushback == nil ? RetryPushback(value) : .never
    } else if !name.hasPrefix(WireNames.protocolPrefix) {
      metadata.append(rawName: name, rawValue: value)
    }
  }
}
