internal import GoogleProto
internal import Synchronization

/// `grpc.health.v1.Health`: whether each service of this server may be called. Open to everybody, as probes carry no credentials.
///
/// The empty name stands for the whole server. Rule: https://github.com/grpc/grpc/blob/master/doc/health-checking.md
public final class HealthService: RPCService {
  public enum Status: Sendable, Hashable {
    case serving
    case notServing
  }

  public static let serviceName = "grpc.health.v1.Health"

  /// Watches that may be open at once on one server.
  public static let watchLimit = 1024

  private struct State {
    var statuses: [String: Status] = [:]
    var watchers: [Int: Watcher] = [:]
    var nextWatcher = 0
    var isShutDown = false
  }

  private struct Watcher {
    let service: String
    let updates: AsyncStream<HealthV1.HealthCheckResponse.ServingStatus>.Continuation
  }

  private let state = Mutex(State())

  public init() {}

  public func set(_ service: String, _ status: Status) {
    state.withLock { state in
      guard !state.isShutDown else { return }
      state.statuses[service] = status
      for watcher in state.watchers.values where watcher.service == service { watcher.updates.yield(status.onWire) }
    }
  }

  /// Everything is NOT_SERVING from now on, for good, and the watches end: the first step of a drain.
  public func shutDown() {
    state.withLock { state in
      state.isShutDown = true
      for service in state.statuses.keys { state.statuses[service] = .notServing }
      for watcher in state.watchers.values {
        watcher.updates.yield(HealthV1.HealthCheckResponse.ServingStatus.notServing)
        watcher.updates.finish()
      }
    }
  }

  public var methods: [RPCMethod] {
    [
      .unary(MethodDescriptor(service: Self.serviceName, method: "Check", kind: .unary)) {
        [self] (request: HealthV1.HealthCheckRequest, _) in try check(request)
      },
      .serverStreaming(Self.watchMethod) {
        [self] (request: HealthV1.HealthCheckRequest, _, response: ResponseStream<HealthV1.HealthCheckResponse>) in
        try await watch(request, response)
      },
    ]
  }

  private func check(_ request: HealthV1.HealthCheckRequest) throws -> HealthV1.HealthCheckResponse {
    guard let status = state.withLock({ $0.statuses[request.service] }) else {
      throw RPCError(.notFound, "Unknown service.")
    }
    return HealthV1.HealthCheckResponse(status: status.onWire)
  }

  /// Tells the status now and then each change, for as long as the caller listens. Only the latest counts, so a slow caller misses
  /// intermediate ones.
  private func watch(_ request: HealthV1.HealthCheckRequest, _ response: ResponseStream<HealthV1.HealthCheckResponse>) async throws {
    let (updates, continuation) = AsyncStream.makeStream(
      of: HealthV1.HealthCheckResponse.ServingStatus.self, bufferingPolicy: .bufferingNewest(1))
    let id = try register(Watcher(service: request.service, updates: continuation))
    defer { state.withLock { _ = $0.watchers.removeValue(forKey: id) } }
    var last: HealthV1.HealthCheckResponse.ServingStatus?
    for await status in updates where status != last {
      try await response.send(HealthV1.HealthCheckResponse(status: status))
      last = status
    }
    try Task.checkCancellation()
    throw RPCError(.unavailable, "The server is shutting down.")
  }

  private func register(_ watcher: Watcher) throws -> Int {
    try state.withLock { state in
      guard state.watchers.count < Self.watchLimit else {
        throw RPCError(.resourceExhausted, "Too many health watches are open.")
      }
      state.nextWatcher += 1
      state.watchers[state.nextWatcher] = watcher
      watcher.updates.yield(state.statuses[watcher.service]?.onWire ?? .serviceUnknown)
      if state.isShutDown { watcher.updates.finish() }
      return state.nextWatcher
    }
  }
}

extension HealthService.Status {
  fileprivate var onWire: HealthV1.HealthCheckResponse.ServingStatus {
    switch self {
    case .serving: .serving
    case .notServing: .notServing
    }
  }
}

// MARK: For a client that watches

extension HealthService {
  package static let watchMethod = MethodDescriptor(service: serviceName, method: "Watch", kind: .serverStreaming)

  package static func watchRequest(_ service: String) -> [UInt8] { HealthV1.HealthCheckRequest(service: service).encoded() }

  /// Whether a reply says so; one that cannot be read does not.
  package static func isServing(_ reply: [UInt8]) -> Bool {
    (try? HealthV1.HealthCheckResponse(decoding: reply))?.status == .serving
  }
}
