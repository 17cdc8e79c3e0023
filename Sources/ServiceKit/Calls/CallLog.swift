import Logging
import RPC

/// One line a call: what was called, by which client, how it ended, how long it took, and the ids to follow it by; the same id goes back to
/// the caller.
///
/// Of the request and the reply it holds the client's `request_id` alone: neither a name nor a phone reaches it, unless a client makes its ids
/// of them.
struct CallLog: StepInterceptor {
  let logger: Logger
  /// Of a call that went as it should, or was refused.
  var level = Logger.Level.info

  /// What monitors call all day long is worth a line to nobody.
  func applied(to method: MethodDescriptor) -> (any ServerInterceptor)? {
    CallLog(logger: logger, level: method.isOpenToAll ? .debug : .info)
  }

  func ends(_ context: ServerContext, _ outcome: inout Result<ServerReply, any Error>) {
    let notes = context.notes
    context.addTrailer(LogID.metadataKey, notes.logID)
    let level = notes.fault == nil ? self.level : .error
    // Asked before the fields are put together: a level that is off costs nothing.
    guard logger.logLevel <= level else { return }
    var fields: Logger.Metadata = [
      "method": .string(context.method.path), "code": .string(outcome.code.description),
      "duration_us": .string(String(notes.start.duration(to: .now).wholeNanoseconds / 1_000)),
    ]
    if !notes.clientID.isEmpty { fields["client_id"] = .string(notes.clientID) }
    if case .failure(let error as RPCError) = outcome, let reason = error.reason { fields["reason"] = .string(reason) }
    if let fault = notes.fault { fields["error"] = .string(Self.description(of: fault)) }
    logger.log(level: level, "call", metadata: fields)
  }

  /// The error's type and, where the type promises to carry no value of a request, its description.
  private static func description(of error: any Error) -> String {
    if let error = error as? any FaultDescribing { return "\(error)" }
    return "\(type(of: error))"
  }
}
