import Database
import ProtobufC
import RPC

/// Where errors meet the wire, once: whatever a handler throws becomes a canonical code with a reason.
///
/// Four kinds go in. A refusal, and fields that are wrong: answered as they say, in this service's domain. The database's
/// own refusals and the world's failures: the table below. Anything else is our bug: INTERNAL without a word of it, and
/// logged in full by `CallLog`.
struct ErrorMapping: Sendable {
  private let service: String

  init(service: String) { self.service = service }

  /// The answer, and whether it hides a fault of ours or of the machine that an operator should see.
  func map(_ error: any Error) -> (answer: RPCError, isFault: Bool) {
    switch error {
    case let error as RPCError: (error, false)
    case let refusal as Refusal: (refusal.rpcError(from: service), false)
    case let violations as FieldViolations: (violations.rpcError(from: service), false)
    case is RequestIDReused:
      (answer(.alreadyExists, "REQUEST_ID_REUSED", "request_id was used before, for a request with another body"), false)
    case let error as DatabaseError: map(error)
    case is VaultError: (answer(.dataLoss, "STORAGE_DAMAGED", "the service's storage is damaged"), true)
    case is ProtobufError: (answer(.internalError, "INTERNAL", "a stored message cannot be read"), true)
    case is CancellationError: (answer(.cancelled, "CANCELLED", "the caller went away"), false)
    case let error as any RPCErrorConvertible: (error.rpcError, false)
    default: (answer(.internalError, "INTERNAL", "the service failed; the log has more under this request's log id"), true)
    }
  }

  private func map(_ error: DatabaseError) -> (answer: RPCError, isFault: Bool) {
    switch error {
    case .commitUnknown:
      (
        answer(
          .unavailable, "COMMIT_UNKNOWN", "whether this took effect is unknown; repeat it with the same request_id", retry: .seconds(1)),
        true
      )
    case .busy, .transactionLost:
      (answer(.unavailable, "DATABASE_BUSY", "the database was busy; repeat with the same request_id", retry: .milliseconds(200)), true)
    case .queueFull:
      (answer(.resourceExhausted, "OVERLOADED", "too many requests are waiting for the database", retry: .seconds(1)), true)
    case .deadlineExceeded: (answer(.deadlineExceeded, "DEADLINE_EXCEEDED", "the deadline passed before the work began"), false)
    case .interrupted: (answer(.deadlineExceeded, "DEADLINE_EXCEEDED", "the work ran past its limit and was undone"), true)
    case .closed: (answer(.unavailable, "SHUTTING_DOWN", "the service is stopping; another replica may answer", retry: .seconds(1)), false)
    case .full: (answer(.resourceExhausted, "STORAGE_FULL", "the service's storage is full; nothing was changed"), true)
    case .readOnly, .inputOutput, .outOfMemory:
      (answer(.unavailable, "STORAGE_UNAVAILABLE", "the service's storage failed; nothing was changed", retry: .seconds(5)), true)
    case .corrupt: (answer(.dataLoss, "STORAGE_DAMAGED", "the service's storage is damaged"), true)
    // A handler turns the constraints that it expects into refusals; these and misuse are bugs.
    case .constraint, .columnType, .invalidStatement, .engine, .server, .closureNotRepeatable, .lockOrder, .migration, .backup, .archive:
      (answer(.internalError, "INTERNAL", "the service failed; the log has more under this request's log id"), true)
    }
  }

  private func answer(_ code: StatusCode, _ reason: String, _ message: String, retry: Duration? = nil) -> RPCError {
    Refusal(code, reason, message, retryDelay: retry).rpcError(from: service)
  }
}
