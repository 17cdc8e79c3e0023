import Synchronization

/// Wakes those who follow the outbox when a commit has added to it.
final class EventFeed: Sendable {
  private struct State {
    var position: Int64
    var isClosed = false
    var nextWaiter = 0
    var waiters: [Int: UnsafeContinuation<Void, Never>] = [:]
  }

  private let state: Mutex<State>

  init(position: Int64) { state = Mutex(State(position: position)) }

  /// Of the last event that is published, as far as this process knows.
  var position: Int64 { state.withLock { $0.position } }

  var waiterCount: Int { state.withLock { $0.waiters.count } }

  /// From the thread that publishes, once the position is on disk.
  func advance(to position: Int64) {
    let waiters: [UnsafeContinuation<Void, Never>] = state.withLock { state in
      guard position > state.position else { return [] }
      state.position = position
      return state.waiters.removeAllAndReturn()
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Wakes everybody for good.
  func close() {
    let waiters = state.withLock { state in
      state.isClosed = true
      return state.waiters.removeAllAndReturn()
    }
    for waiter in waiters { waiter.resume() }
  }

  /// Returns when an event after `position` is committed, or the database is closed, or the task is cancelled.
  func wait(after position: Int64) async {
    let number = state.withLock { state in
      state.nextWaiter += 1
      return state.nextWaiter
    }
    await withTaskCancellationHandler {
      await withUnsafeContinuation { continuation in
        let mustWait = state.withLock { state in
          // Cancelling before this line finds no waiter, so it is looked at here, under the lock that the handler takes.
          if state.position > position || state.isClosed || Task.isCancelled { return false }
          state.waiters[number] = continuation
          return true
        }
        if !mustWait { continuation.resume() }
      }
    } onCancel: {
      state.withLock { $0.waiters.removeValue(forKey: number) }?.resume()
    }
  }
}

extension Dictionary {
  fileprivate mutating func removeAllAndReturn() -> [Value] {
    let values = Array(self.values)
    removeAll()
    return values
  }
}
