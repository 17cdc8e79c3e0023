import ProtobufC
import RPC

/// The rule for `request_id`: 1 to 64 bytes, the client's own.
public enum RequestID {
  static let bytesAtMost = 64

  /// Refuses an id that is none, and notes a good one for the call's log lines.
  public static func check(_ requestID: String) throws(Refusal) {
    guard !requestID.isEmpty else {
      throw Refusal(.invalidArgument, "REQUEST_ID_REQUIRED", "request_id: every request that changes something carries one")
    }
    guard requestID.utf8.count <= bytesAtMost else {
      throw Refusal(.invalidArgument, "REQUEST_ID_TOO_LONG", "request_id: at most \(bytesAtMost) bytes")
    }
    CallNotes.note(requestID: requestID)
  }
}
