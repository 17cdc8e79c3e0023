package import Logging
public import RPC
import Synchronization

/// What is known of a call beside its request: the ids to follow it by, who makes it, what went wrong. Its log lines carry it, whoever writes
/// them.
///
/// `CallTracing` sets it around the call's task, and the tasks that the call starts inherit it, those of a saga that outlives its caller
/// included. The request's own id is noted by whoever decodes the request.
public final class CallNotes: Sendable {
  @TaskLocal static var current: CallNotes?

  private struct Noted {
    var trace: TraceContext?
    var logID = ""
    var clientID = ""
    var requestID = ""
    var fault: (any Error)?
  }

  let start = ContinuousClock.now
  private let ids: any IDGenerator
  private let random: any RandomSource
  private let noted: Mutex<Noted>

  /// - Parameter trace: the caller's; without one the call begins a trace of its own, once somebody asks for it.
  init(trace: TraceContext?, ids: any IDGenerator, random: any RandomSource) {
    self.ids = ids
    self.random = random
    noted = Mutex(Noted(trace: trace))
  }

  var trace: TraceContext {
    noted.withLock { noted in
      if let trace = noted.trace { return trace }
      let trace = TraceContext(random: random)
      noted.trace = trace
      return trace
    }
  }

  /// The id that every log line of this request carries; made when it is first asked for and nobody brought one.
  var logID: String { noted.withLock { settleLogID(&$0) } }

  var clientID: String { noted.withLock { $0.clientID } }

  /// What an operator should see of the call's failure; nil for a refusal.
  var fault: (any Error)? { noted.withLock { $0.fault } }

  /// - Parameter logID: of another service's making; empty for none.
  /// - Returns: the log id that counts.
  func note(clientID: String, logID: String) -> String {
    noted.withLock { noted in
      noted.clientID = clientID
      if !logID.isEmpty { noted.logID = logID }
      return settleLogID(&noted)
    }
  }

  func note(fault: any Error) {
    noted.withLock { $0.fault = fault }
  }

  /// Notes the client's `request_id` for the log lines of the call under way. It has been checked, so it is short; one that is not of
  /// printable ASCII is left out, since it is the client's own text and a log is read in terminals.
  public static func note(requestID: String) {
    guard let current, requestID.utf8.allSatisfy({ (0x20...0x7E).contains($0) }) else { return }
    current.noted.withLock { $0.requestID = requestID }
  }

  private func settleLogID(_ noted: inout Noted) -> String {
    if noted.logID.isEmpty { noted.logID = ids.next("log") }
    return noted.logID
  }

  /// The fields, those that are known.
  var fields: Logger.Metadata {
    let requestID = noted.withLock { $0.requestID }
    var fields: Logger.Metadata = ["log_id": .string(logID), "trace_id": .string(trace.traceID)]
    if !requestID.isEmpty { fields["request_id"] = .string(requestID) }
    return fields
  }

  /// For swift-log's back end.
  package static let provider = Logger.MetadataProvider { current?.fields ?? [:] }

  /// Those of a call that no server's interceptors stand around.
  fileprivate static let none = CallNotes(trace: TraceContext.none, ids: TimeOrderedIDs(), random: SystemRandomSource())
}

extension ServerContext {
  var notes: CallNotes {
    get { self[NotesKey.self] }
    set { self[NotesKey.self] = newValue }
  }

  /// The trace that this call belongs to; `TraceContext.none` outside a server's interceptors.
  public var trace: TraceContext { notes.trace }

  /// The id that every log line of this request carries, in every service that it reaches.
  public var logID: String { notes.logID }
}

private enum NotesKey: ServerContextKey {
  static let defaultValue = CallNotes.none
}
