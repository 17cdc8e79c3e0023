import Synchronization

/// Lets one task in at a time, in the order of coming; for what is rare, and must not overtake itself while it waits for disks.
package final class OneAtATime: Sendable {
  private struct State {
    var isTaken = false
    var waiters: [UnsafeContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  package init() {}

  package func run<Answer>(_ body: () async throws -> Answer) async rethrows -> Answer {
    await enter()
    defer { leave() }
    return try await body()
  }

  private func enter() async {
    await withUnsafeContinuation { continuation in
      let mayEnter = state.withLock { state in
        if state.isTaken { state.waiters.append(continuation) }
        defer { state.isTaken = true }
        return !state.isTaken
      }
      if mayEnter { continuation.resume() }
    }
  }

  /// Hands over to who has waited longest.
  private func leave() {
    let next = state.withLock { state in
      if state.waiters.isEmpty {
        state.isTaken = false
        return UnsafeContinuation<Void, Never>?.none
      }
      return state.waiters.removeFirst()
    }
    next?.resume()
  }
}
