import ProtobufC
import RPC

/// The rule for `request_id`: 1 to 64 bytes, the client's own.
enum RequestID {
  static let bytesAtMost = 64

  static func validate(_ requestID: String) throws(Refusal) {
    guard !requestID.isEmpty else {
      throw Refusal(.invalidArgument, "REQUEST_ID_REQUIRED", "request_id: every request that changes something carries one")
    }
    guard requestID.utf8.count <= bytesAtMost else {
      throw Refusal(.invalidArgument, "REQUEST_ID_TOO_LONG", "request_id: at most \(bytesAtMost) bytes")
    }
  }
}
