internal import GoogleProto
internal import ProtobufC

/// `grpc-status-details-bin`: the whole status once more, as a `google.rpc.Status` with typed details.
package enum StatusDetails {
  private static let typePrefix = "type.googleapis.com/"

  /// Nil when there are no details: then `grpc-status` and `grpc-message` say everything.
  package static func encode(_ error: RPCError) -> [UInt8]? {
    guard !error.details.isEmpty else { return nil }
    return GoogleRPC.Status(code: error.code.rawValue, message: error.message, details: error.details.map(pack)).encoded()
  }

  /// What can be read of the details; a status that does not decode has none, for the plain status is still true.
  package static func decode(_ bytes: [UInt8]) -> [ErrorDetail] {
    guard let status = try? GoogleRPC.Status(decoding: bytes) else { return [] }
    return status.details.map(unpack)
  }

  private static func pack(_ detail: ErrorDetail) -> GoogleProtobuf.`Any` {
    switch detail {
    case .errorInfo(let reason, let domain, let metadata):
      pack(GoogleRPC.ErrorInfo(reason: reason, domain: domain, metadata: metadata))
    case .badRequest(let violations):
      pack(
        GoogleRPC.BadRequest(
          fieldViolations: violations.map { GoogleRPC.BadRequest.FieldViolation(field: $0.field, description: $0.description) }))
    case .retryInfo(let delay):
      pack(GoogleRPC.RetryInfo(retryDelay: duration(delay)))
    case .other(let typeURL, let value):
      GoogleProtobuf.`Any`(typeUrl: typeURL, value: value)
    }
  }

  private static func pack<Message: ProtobufMessage>(_ message: Message) -> GoogleProtobuf.`Any` {
    GoogleProtobuf.`Any`(typeUrl: typePrefix + Message.fullName, value: message.encoded())
  }

  private static func unpack(_ any: GoogleProtobuf.`Any`) -> ErrorDetail {
    let name = any.typeUrl.split(separator: "/").last.map(String.init) ?? ""
    switch name {
    case GoogleRPC.ErrorInfo.fullName:
      if let info = try? GoogleRPC.ErrorInfo(decoding: any.value) {
        return .errorInfo(reason: info.reason, domain: info.domain, metadata: info.metadata)
      }
    case GoogleRPC.BadRequest.fullName:
      if let request = try? GoogleRPC.BadRequest(decoding: any.value) {
        return .badRequest(request.fieldViolations.map { ErrorDetail.FieldViolation(field: $0.field, description: $0.description) })
      }
    case GoogleRPC.RetryInfo.fullName:
      if let info = try? GoogleRPC.RetryInfo(decoding: any.value) {
        return .retryInfo(delay: .seconds(info.retryDelay?.seconds ?? 0) + .nanoseconds(Int64(info.retryDelay?.nanos ?? 0)))
      }
    default:
      break
    }
    return .other(typeURL: any.typeUrl, value: any.value)
  }

  private static func duration(_ duration: Duration) -> GoogleProtobuf.Duration {
    let (seconds, attoseconds) = duration.components
    return GoogleProtobuf.Duration(seconds: seconds, nanos: Int32(attoseconds / 1_000_000_000))
  }
}
