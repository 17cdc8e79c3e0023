import RPC
import Synchronization

/// Counts how many of its handlers run at once.
final class CrowdedService: RPCService {
  static let serviceName = "test.CrowdedService"
  static let stay = MethodDescriptor(service: serviceName, method: "Stay", kind: .unary)

  private let inside = Mutex((now: 0, most: 0))

  /// Handlers that ran at once, at most.
  var most: Int { inside.withLock { $0.most } }

  var methods: [RPCMethod] {
    [
      .unary(Self.stay) { [self] (note: Note, _) in
        inside.withLock { $0 = ($0.now + 1, max($0.most, $0.now + 1)) }
        try await Task.sleep(for: .milliseconds(1))
        inside.withLock { $0.now -= 1 }
        return note
      }
    ]
  }
}
