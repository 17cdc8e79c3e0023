/// The canonical status codes of gRPC, as they stand in `grpc-status`.
///
/// A struct over the wire's integer, so that a code from a newer peer is kept rather than lost; `canonical` folds it into `unknown`.
/// Rule: https://github.com/grpc/grpc/blob/master/doc/statuscodes.md
public struct StatusCode: Sendable, Hashable {
  public let rawValue: Int32

  public init(rawValue: Int32) { self.rawValue = rawValue }

  public static let ok = StatusCode(rawValue: 0)
  public static let cancelled = StatusCode(rawValue: 1)
  public static let unknown = StatusCode(rawValue: 2)
  public static let invalidArgument = StatusCode(rawValue: 3)
  public static let deadlineExceeded = StatusCode(rawValue: 4)
  public static let notFound = StatusCode(rawValue: 5)
  public static let alreadyExists = StatusCode(rawValue: 6)
  public static let permissionDenied = StatusCode(rawValue: 7)
  public static let resourceExhausted = StatusCode(rawValue: 8)
  public static let failedPrecondition = StatusCode(rawValue: 9)
  public static let aborted = StatusCode(rawValue: 10)
  public static let outOfRange = StatusCode(rawValue: 11)
  public static let unimplemented = StatusCode(rawValue: 12)
  public static let internalError = StatusCode(rawValue: 13)
  public static let unavailable = StatusCode(rawValue: 14)
  public static let dataLoss = StatusCode(rawValue: 15)
  public static let unauthenticated = StatusCode(rawValue: 16)

  /// Every code that the specification names, by number.
  public static let all: [StatusCode] = (0...16).map { StatusCode(rawValue: $0) }

  /// The code itself if the specification names it, else `unknown`.
  public var canonical: StatusCode { (0...16).contains(rawValue) ? self : .unknown }
}

extension StatusCode: CustomStringConvertible {
  private static let names = [
    "OK", "CANCELLED", "UNKNOWN", "INVALID_ARGUMENT", "DEADLINE_EXCEEDED", "NOT_FOUND", "ALREADY_EXISTS", "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED", "FAILED_PRECONDITION", "ABORTED", "OUT_OF_RANGE", "UNIMPLEMENTED", "INTERNAL", "UNAVAILABLE", "DATA_LOSS",
    "UNAUTHENTICATED",
  ]

  /// The name in the specification's spelling, such as `INVALID_ARGUMENT`; for metrics labels, logs and people.
  public var description: String {
    rawValue >= 0 && rawValue < StatusCode.names.count ? StatusCode.names[Int(rawValue)] : "CODE_\(rawValue)"
  }
}

extension StatusCode {
  /// What a response without `grpc-status` means, by its HTTP status.
  /// Rule: https://github.com/grpc/grpc/blob/master/doc/http-grpc-status-mapping.md
  package init(httpStatus: Int) {
    switch httpStatus {
    case 400: self = .internalError
    case 401: self = .unauthenticated
    case 403: self = .permissionDenied
    case 404: self = .unimplemented
    case 429, 502, 503, 504: self = .unavailable
    default: self = .unknown
    }
  }

  /// What a stream that the peer reset means, by the HTTP/2 error code.
  /// Rule: "HTTP2 Transport Mapping", section Errors, of PROTOCOL-HTTP2.md.
  package init(resetCode: UInt32) {
    switch resetCode {
    case 0x7: self = .unavailable  // REFUSED_STREAM: the server did not process it
    case 0x8: self = .cancelled  // CANCEL
    case 0xb: self = .resourceExhausted  // ENHANCE_YOUR_CALM
    case 0xc: self = .permissionDenied  // INADEQUATE_SECURITY
    default: self = .internalError
    }
  }
}
