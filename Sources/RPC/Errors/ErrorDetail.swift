/// One entry of `google.rpc.Status.details`.
///
/// The kinds that Patron uses have cases of their own; any other passes through as the bytes of its `google.protobuf.Any`.
public enum ErrorDetail: Sendable, Equatable {
  /// `google.rpc.ErrorInfo`: why, in a form that a program can act upon. `reason` is UPPER_SNAKE and unique within `domain`.
  case errorInfo(reason: String, domain: String, metadata: [String: String])
  /// `google.rpc.BadRequest`: which fields of the request are wrong.
  case badRequest([FieldViolation])
  /// `google.rpc.RetryInfo`: the caller may try again after this delay.
  case retryInfo(delay: Duration)
  /// Any other type, unread.
  case other(typeURL: String, value: [UInt8])

  public struct FieldViolation: Sendable, Equatable {
    /// The path of the field, such as `lines[2].quantity`.
    public var field: String
    public var description: String

    public init(field: String, description: String) {
      self.field = field
      self.description = description
    }
  }
}
