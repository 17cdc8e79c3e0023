package import Logging
import Synchronization

/// What every log line of a call carries, whoever writes it: the ids to follow the request by.
///
/// `CallObservation` sets it around the call's task, and the tasks that the call starts inherit it, those of a saga that outlives its caller
/// included. The request's own id is noted by whoever decodes the request.
public final class CallNotes: Sendable {
  @TaskLocal static var current: CallNotes?

  private let logID: String
  private let traceID: String
  private let noted = Mutex("")

  init(logID: String, traceID: String) {
    self.logID = logID
    self.traceID = traceID
  }

  /// Notes the client's `request_id` for the log lines of the call under way. It has been checked, so it is short; one that is not of
  /// printable ASCII is left out, since it is the client's own text and a log is read in terminals.
  public static func note(requestID: String) {
    guard requestID.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return }
    current?.noted.withLock { $0 = requestID }
  }

  /// The fields, those that are known.
  var fields: Logger.Metadata {
    var fields: Logger.Metadata = ["log_id": "\(logID)"]
    if !traceID.isEmpty { fields["trace_id"] = "\(traceID)" }
    let requestID = noted.withLock { $0 }
    if !requestID.isEmpty { fields["request_id"] = "\(requestID)" }
    return fields
  }

  /// For swift-log's back end.
  package static let provider = Logger.MetadataProvider { current?.fields ?? [:] }
}
