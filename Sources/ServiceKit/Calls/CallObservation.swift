import Logging
import RPC

/// Stands around every call of a service: establishes who calls and under which log id, maps what goes wrong to the wire,
/// counts and logs the end.
///
/// One interceptor rather than four: each would cost an asynchronous frame of its own on every call, and the four share the
/// caller, the clock's two readings and the mapped error. The parts are values of their own, tested apart.
struct CallObservation: ServerInterceptor {
  /// The trailer that names a call in the logs of every service that it reached.
  static let logIDTrailer = "patron-log-id"

  private let authenticator: any CallerAuthenticator
  private let errors: ErrorMapping
  private let log: CallLog
  private let metrics: CallMetrics
  private let ids: any IDGenerator
  private let random: any RandomSource

  init(
    authenticator: any CallerAuthenticator, errors: ErrorMapping, log: CallLog, metrics: CallMetrics, ids: any IDGenerator,
    random: any RandomSource
  ) {
    self.authenticator = authenticator
    self.errors = errors
    self.log = log
    self.metrics = metrics
    self.ids = ids
    self.random = random
  }

  func intercept(
    _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
  ) async throws -> ServerReply {
    let start = ContinuousClock.now
    var observed = context
    observed.trace = context.metadata[TraceContext.metadataKey].flatMap { TraceContext(traceparent: $0) } ?? TraceContext(random: random)
    do {
      observed.caller = try await caller(of: observed)
    } catch {
      observed.caller.logID = ids.next("log")
      attachLogID(observed.caller.logID, to: context)
      throw CallNotes.$current.withValue(notes(observed)) { failed(observed, error, since: start) }
    }
    attachLogID(observed.caller.logID, to: context)
    let call = observed
    return try await CallNotes.$current.withValue(notes(call)) {
      do {
        let reply = try await next(call)
        end(call, answer: nil, fault: nil, since: start)
        return reply
      } catch {
        throw failed(call, error, since: start)
      }
    }
  }

  private func notes(_ context: ServerContext) -> CallNotes {
    CallNotes(logID: context.caller.logID, traceID: context.trace.traceID)
  }

  /// The answer to a call that threw.
  private func failed(_ context: ServerContext, _ error: any Error, since start: ContinuousClock.Instant) -> RPCError {
    let (answer, isFault) = errors.map(error)
    end(context, answer: answer, fault: isFault ? error : nil, since: start)
    return answer
  }

  /// Health and reflection are open to whoever can connect; they reach nobody's data.
  private func caller(of context: ServerContext) async throws -> Caller {
    if CallLog.isOpen(context.method) { return Caller(clientID: "", scopes: [], logID: ids.next("log")) }
    var caller = try await authenticator.caller(of: context)
    if caller.logID.isEmpty { caller.logID = ids.next("log") }
    return caller
  }

  private func attachLogID(_ logID: String, to context: ServerContext) {
    var trailers = context.responseTrailers
    trailers.set(Self.logIDTrailer, logID)
    context.responseTrailers = trailers
  }

  private func end(_ context: ServerContext, answer: RPCError?, fault: (any Error)?, since start: ContinuousClock.Instant) {
    let duration = start.duration(to: .now)
    metrics.record(context.method, code: answer?.code ?? .ok, duration: duration)
    log.record(context, ended: answer, fault: fault, duration: duration)
  }
}
