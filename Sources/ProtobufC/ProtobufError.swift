/// Why bytes are refused as a message. Each is the sender's fault, so the RPC layer answers INVALID_ARGUMENT.
public enum ProtobufError: Error, Sendable, Hashable {
  /// The bytes are not a message of this type: truncated, a wrong wire type, or a group.
  case malformed(message: String)
  /// A string field, by its full name, is not UTF-8.
  case invalidUTF8(field: String)
  /// A string field, by its full name, holds the character NUL, at which C programs would cut it.
  case embeddedNUL(field: String)
  /// Unpacking would take more than this many bytes of memory, out of all proportion to the size on the wire.
  case memoryLimitExceeded(message: String, limitBytes: Int)
}

extension ProtobufError: CustomStringConvertible {
  /// One sentence that names the type or field and never repeats its content.
  public var description: String {
    switch self {
    case .malformed(let message): "The bytes are not a \(message)."
    case .invalidUTF8(let field): "\(field) is not valid UTF-8."
    case .embeddedNUL(let field): "\(field) holds a NUL character."
    case .memoryLimitExceeded(let message, let limitBytes): "This \(message) would unpack to more than \(limitBytes) bytes."
    }
  }
}
