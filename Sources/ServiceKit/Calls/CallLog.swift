import Logging
import RPC

/// One line a call: what was called, by which client, how it ended, how long it took, and the ids to follow it by; the same id goes back to
/// the caller.
///
/// Of the request and the reply it holds the client's `request_id` alone: neither a name nor a phone reaches it, unless a client makes its ids
/// of them.
struct CallLog: ServerInterceptor {
  /// The trailer that names a call in the logs of every service that it reached.
  static let logIDTrailer = "patron-log-id"

  let logger: Logger

  func intercept(
    _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
  ) async throws -> ServerReply {
    do {
      let reply = try await next(context)
      ended(context, .ok, reason: nil)
      return reply
    } catch {
      let answer = error as? RPCError
      ended(context, answer?.code ?? .unknown, reason: answer?.reason)
      throw error
    }
  }

  private func ended(_ context: ServerContext, _ code: StatusCode, reason: String?) {
    let notes = context.notes
    context.addTrailer(Self.logIDTrailer, notes.logID)
    let level: Logger.Level = notes.fault != nil ? .error : context.method.isOpenToAll ? .debug : .info
    // Asked before the fields are put together: a level that is off costs nothing.
    guard logger.logLevel <= level else { return }
    var fields: Logger.Metadata = [
      "method": "\(context.method.path)", "code": "\(code)",
      "duration_us": "\(notes.start.duration(to: .now).wholeNanoseconds / 1_000)",
    ]
    if !notes.clientID.isEmpty { fields["client_id"] = "\(notes.clientID)" }
    if let reason { fields["reason"] = "\(reason)" }
    if let fault = notes.fault { fields["error"] = "\(Self.description(of: fault))" }
    logger.log(level: level, "call", metadata: fields)
  }

  /// The error's type and, where the type promises to carry no value of a request, its description.
  private static func description(of error: any Error) -> String {
    if let error = error as? any FaultDescribing { return "\(error)" }
    return "\(type(of: error))"
  }
}
