internal import HTTP2
internal import RPC

/// What a request's headers say.
struct RequestHead {
  /// Why a request is answered without a handler.
  enum Refusal {
    /// It is no gRPC request: a bare HTTP status.
    case http(status: Int)
    case rpc(RPCError)
  }

  private(set) var path = ""
  private(set) var timeout: Duration?
  private(set) var metadata = Metadata()
  private(set) var refusal: Refusal?

  private var isPost = false
  private var isRPC = false

  init(_ headers: borrowing HeaderList) {
    headers.forEach { name, value in read(name, value) }
    if headers.isOverLimit {
      refusal = .rpc(RPCError(.resourceExhausted, "The request's headers are over the limit of this server."))
    } else if !isPost {
      refusal = .http(status: 405)
    } else if !isRPC {
      refusal = .http(status: 415)
    }
  }

  private mutating func read(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    if name.first == UInt8(ascii: ":") {
      if name.equals(WireNames.path) {
        path = String(decoding: value, as: UTF8.self)
      } else if name.equals(WireNames.method) {
        isPost = value.equals("POST")
      }
    } else if name.equals(WireNames.contentType) {
      isRPC = WireNames.isRPC(contentType: value)
    } else if name.equals(WireNames.timeout) {
      timeout = Timeout.parse(value)
      if timeout == nil { refusal = .rpc(RPCError(.internalError, "The grpc-timeout is malformed.")) }
    } else if name.equals(WireNames.encoding) {
      if !value.equals("identity") {
        refusal = .rpc(
          RPCError(.unimplemented, "The grpc-encoding is not supported; identity is.", details: [], trailers: .acceptsIdentity))
      }
    } else if name.equals(WireNames.te) || name.hasPrefix(WireNames.protocolPrefix) {
      // The protocol's own, of no use to a handler.
    } else {
      metadata.append(rawName: name, rawValue: value)
    }
  }
}

extension Metadata {
  /// Told to whoever sent an encoding that this side lacks.
  fileprivate static let acceptsIdentity: Metadata = ["grpc-accept-encoding": "identity"]
}
