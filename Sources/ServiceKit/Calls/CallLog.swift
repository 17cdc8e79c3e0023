import Logging
import RPC

/// One line a call: what was called, by which client, how it ended, how long it took, and the ids to follow it by.
///
/// Of the request and the reply it holds the client's `request_id` alone: neither a name nor a phone reaches it, unless a client makes its ids
/// of them.
struct CallLog: Sendable {
  private let logger: Logger

  init(logger: Logger) { self.logger = logger }

  /// Called within the call's `CallNotes`, whose fields the logger adds to every line.
  func record(_ context: ServerContext, ended answer: RPCError?, fault: (any Error)?, duration: Duration) {
    let level: Logger.Level = fault != nil ? .error : Self.isOpen(context.method) ? .debug : .info
    // Asked before the fields are put together: a level that is off costs nothing.
    guard logger.logLevel <= level else { return }
    var fields: Logger.Metadata = [
      "method": "\(context.method.path)", "code": "\(answer?.code ?? .ok)", "duration_us": "\(duration.wholeNanoseconds / 1_000)",
    ]
    if !context.caller.clientID.isEmpty { fields["client_id"] = "\(context.caller.clientID)" }
    if let reason = answer?.reason { fields["reason"] = "\(reason)" }
    if let fault { fields["error"] = "\(Self.description(of: fault))" }
    logger.log(level: level, "call", metadata: fields)
  }

  /// Health and reflection, which monitors call all day long.
  static func isOpen(_ method: MethodDescriptor) -> Bool { method.service.hasPrefix("grpc.") }

  /// The error's type and, where the type promises to carry no value of a request, its description.
  private static func description(of error: any Error) -> String {
    if let error = error as? any FaultDescribing { return "\(error)" }
    return "\(type(of: error))"
  }
}
