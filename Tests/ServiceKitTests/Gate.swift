import Synchronization

/// A door that a handler stands before until a test opens it, and that tells the test when somebody stands there.
final class Gate: Sendable {
  private struct State {
    var isOpen = false
    var hasVisitor = false
    var waiters: [CheckedContinuation<Void, Never>] = []
    var watchers: [CheckedContinuation<Void, Never>] = []
  }

  private let state = Mutex(State())

  /// For the handler: waits until the gate is open.
  func pass() async {
    for watcher in state.withLock({ state in
      state.hasVisitor = true
      defer { state.watchers = [] }
      return state.watchers
    }) { watcher.resume() }
    await withCheckedContinuation { continuation in
      let isOpen = state.withLock { state in
        if !state.isOpen { state.waiters.append(continuation) }
        return state.isOpen
      }
      if isOpen { continuation.resume() }
    }
  }

  /// For the test: waits until somebody stands before the gate.
  func visitor() async {
    await withCheckedContinuation { continuation in
      let hasVisitor = state.withLock { state in
        if !state.hasVisitor { state.watchers.append(continuation) }
        return state.hasVisitor
      }
      if hasVisitor { continuation.resume() }
    }
  }

  func open() {
    for waiter in state.withLock({ state in
      state.isOpen = true
      defer { state.waiters = [] }
      return state.waiters
    }) { waiter.resume() }
  }
}
