import Synchronization

/// The gateway's own tasks: what must go on when the caller does not, and what a drain waits for.
///
/// A task here is nobody's child, so a caller's cancellation or deadline does not reach it; each bounds itself in time.
final class SagaTasks: Sendable {
  private struct State {
    var nextNumber = 0
    var running: [Int: Task<Void, Never>] = [:]
  }

  private let state = Mutex(State())

  /// Runs `work` in a task of its own and waits for it, also when the caller has been cancelled.
  func run<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) async throws -> Value {
    try await start(work).value
  }

  /// Starts `work` in a task of its own. Cancelling the returned task is the starter's right.
  func start<Value: Sendable>(_ work: @escaping @Sendable () async throws -> Value) -> Task<Value, any Error> {
    let task = Task { try await work() }
    state.withLock { state in
      let number = state.nextNumber
      state.nextNumber += 1
      state.running[number] = Task {
        _ = await task.result
        self.state.withLock { $0.running[number] = nil }
      }
    }
    return task
  }

  /// Returns when everything that was started has ended, including what was started meanwhile.
  func drained() async {
    while let task = state.withLock({ $0.running.values.first }) { await task.value }
  }
}
