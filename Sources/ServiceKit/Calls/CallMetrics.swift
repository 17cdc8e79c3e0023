import Metrics
import RPC
import Synchronization

/// How many calls of each method ended with each code, and how long they took.
///
/// The objects of a method are made when it is first called and kept: making one costs more than the rest of the count.
final class CallMetrics: Sendable {
  private final class MethodMetrics: Sendable {
    let duration: Timer
    private let calls: [Counter]

    init(method: MethodDescriptor, factory: any MetricsFactory) {
      duration = Timer(label: "rpc_server_duration", dimensions: [("method", method.path)], factory: factory)
      calls = StatusCode.all.map { code in
        Counter(label: "rpc_server_calls", dimensions: [("method", method.path), ("code", "\(code)")], factory: factory)
      }
    }

    func count(_ code: StatusCode) { calls[Int(code.canonical.rawValue)].increment() }
  }

  private let factory: any MetricsFactory
  /// Bounded by the number of methods that the server has: a call to any other never gets this far.
  private let methods = Mutex<[String: MethodMetrics]>([:])

  init(factory: any MetricsFactory) { self.factory = factory }

  func record(_ method: MethodDescriptor, code: StatusCode, duration: Duration) {
    let metrics = methods.withLock { methods in
      if let existing = methods[method.path] { return existing }
      let made = MethodMetrics(method: method, factory: factory)
      methods[method.path] = made
      return made
    }
    metrics.count(code)
    metrics.duration.recordNanoseconds(duration.wholeNanoseconds)
  }
}

extension Duration {
  /// Rounded down; enough for 292 years.
  var wholeNanoseconds: Int64 { components.seconds * 1_000_000_000 + components.attoseconds / 1_000_000_000 }
}
