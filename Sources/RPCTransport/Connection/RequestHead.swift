internal import HTTP2
internal import RPC

/// What a request's headers say, read field by field as they arrive.
struct RequestHead {
  /// Why a request is answered without a handler.
  enum Refusal {
    /// It is no gRPC request: an HTTP status, and a line of text unless only the head was asked for.
    case http(status: Int, withText: Bool)
    case rpc(RPCError)
  }

  /// The method that is called; nil where the server has none of that path.
  private(set) var route: Router.Route?
  /// Only where there is no route.
  private(set) var unknownPath = ""
  private(set) var timeout: Duration?
  private(set) var metadata = Metadata()
  /// A field that this server cannot take.
  private enum Fault {
    case malformedTimeout
    case unknownEncoding
  }
  private var fault: Fault?
  /// How the caller compresses its messages.
  private(set) var encoding = Compression.identity
  /// Whether the caller takes gzip.
  private(set) var takesGzip = false

  private var isPost = false
  private var isHead = false
  private var isRPC = false

  /// Why the request, whose head is whole, is answered without a handler.
  func refusal(isOverLimit: Bool, _ router: Router) -> Refusal? {
    if isOverLimit { return .rpc(RPCError(.resourceExhausted, "The request's headers are over the limit of this server.")) }
    if !isPost { return .http(status: 405, withText: !isHead) }
    if !isRPC { return .http(status: 415, withText: true) }
    switch fault {
    case .malformedTimeout: return .rpc(RPCError(.internalError, "The grpc-timeout is malformed."))
    case .unknownEncoding:
      return .rpc(
        RPCError(
          .unimplemented, "The grpc-encoding is not supported; \(Compression.accepted) are.", details: [], trailers: .acceptedEncodings))
    case nil: return route == nil ? .rpc(router.refusal(of: unknownPath)) : nil
    }
  }

  mutating func readPath(_ value: UnsafeBufferPointer<UInt8>, _ router: Router) {
    route = router.route(value)
    if route == nil { unknownPath = String(decoding: value, as: UTF8.self) }
  }

  /// Any field but the path.
  mutating func read(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    if name.first == UInt8(ascii: ":") {
      if name.equals(WireNames.method) {
        isPost = value.equals("POST")
        isHead = !isPost && value.equals("HEAD")
      }
    } else if name.equals(WireNames.contentType) {
      isRPC = WireNames.isRPC(contentType: value)
    } else if name.equals(WireNames.timeout) {
      timeout = Timeout.parse(value)
      if timeout == nil { fault = .malformedTimeout }
    } else if name.equals(WireNames.encoding) {
      if let known = Compression(name: value) {
        encoding = known
      } else {
        fault = .unknownEncoding
      }
    } else if name.equals(WireNames.acceptEncoding) {
      takesGzip = takesGzip || Compression.listsGzip(value)
    } else if name.equals(WireNames.te) || (name.hasPrefix(WireNames.protocolPrefix) && !name.equals(WireNames.previousAttempts)) {
      // The protocol's own, of no use to a handler.
    } else {
      metadata.append(rawName: name, rawValue: value)
    }
  }
}

extension Metadata {
  /// Told to whoever sent an encoding that this side lacks.
  fileprivate static let acceptedEncodings: Metadata = ["grpc-accept-encoding": Compression.accepted]
}

extension Compression {
  init?(name: UnsafeBufferPointer<UInt8>) {
    if name.equals("gzip") {
      self = .gzip
    } else if name.equals("identity") {
      self = .identity
    } else {
      return nil
    }
  }

  /// Whether a list such as `identity, deflate, gzip` has gzip.
  fileprivate static func listsGzip(_ list: UnsafeBufferPointer<UInt8>) -> Bool {
    let space = UInt8(ascii: " ")
    var rest = list[...]
    while !rest.isEmpty {
      let item = rest.prefix { $0 != UInt8(ascii: ",") }
      rest = rest.dropFirst(item.count + 1)
      if UnsafeBufferPointer(rebasing: item.drop { $0 == space }.prefix { $0 != space }).equals("gzip") { return true }
    }
    return false
  }
}
