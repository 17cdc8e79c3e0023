import Metrics
import RPC

/// How many calls of each method ended with each code, and how long they took.
struct CallMetrics: ServerInterceptor {
  let factory: any MetricsFactory

  func applied(to method: MethodDescriptor) -> (any ServerInterceptor)? { MethodMetrics(method, factory) }

  func intercept(
    _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
  ) async throws -> ServerReply {
    try await MethodMetrics(context.method, factory).intercept(context, next: next)
  }
}

/// The counters of one method. Made once: making one costs more than the rest of the count.
final class MethodMetrics: StepInterceptor {
  private let duration: Timer
  /// By the code's number.
  private let calls: [Counter]

  init(_ method: MethodDescriptor, _ factory: any MetricsFactory) {
    duration = Timer(label: "rpc_server_duration", dimensions: [("method", method.path)], factory: factory)
    calls = StatusCode.all.map { code in
      Counter(label: "rpc_server_calls", dimensions: [("method", method.path), ("code", "\(code)")], factory: factory)
    }
  }

  func ends(_ context: ServerContext, _ outcome: inout Result<ServerReply, any Error>) {
    record(outcome.code, context.notes.start.duration(to: .now))
  }

  func record(_ code: StatusCode, _ duration: Duration) {
    calls[Int(code.canonical.rawValue)].increment()
    self.duration.recordNanoseconds(duration.wholeNanoseconds)
  }
}

extension Result<ServerReply, any Error> {
  /// What the caller is told.
  var code: StatusCode {
    switch self {
    case .success: .ok
    case .failure(let error): (error as? RPCError)?.code ?? .unknown
    }
  }
}

extension Duration {
  /// Rounded down; enough for 292 years.
  var wholeNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
