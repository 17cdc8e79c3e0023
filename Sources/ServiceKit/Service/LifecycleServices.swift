import ServiceLifecycle

/// Something that runs without a task of its own, and is stopped in its turn when the service drains.
struct StoppedInTurn: Service {
  let stop: @Sendable () async -> Void

  init(_ stop: @escaping @Sendable () async -> Void) { self.stop = stop }

  func run() async throws {
    try? await gracefulShutdown()
    await stop()
  }
}

/// A service's own background work: cancelled when the service drains, after calls in flight have ended.
struct BackgroundWork: Service {
  let work: @Sendable () async throws -> Void

  init(_ work: @escaping @Sendable () async throws -> Void) { self.work = work }

  func run() async throws {
    do {
      try await cancelWhenGracefulShutdown(work)
    } catch is CancellationError {
      // The asked-for end.
    }
    // Work that ends by itself stays until its turn: a group that has begun to stop takes another's end for a failure, even one from before.
    try? await gracefulShutdown()
  }
}
