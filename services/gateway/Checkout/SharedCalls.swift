import PatronAPI
import RPC
import Synchronization

/// Identical calls under way at once in this process are one call with several waiters.
///
/// The first caller's request starts the work, in a task of the gateway's own; each further one with the same client, method,
/// id and body waits for the same result. A waiter that is cancelled, or whose deadline passes, leaves; when the last one has
/// left, the work is cancelled, which before the decision undoes the checkout and after it does nothing.
///
/// Across processes there is no such joining: there, inventory's record of the request key makes the second take over.
final class SharedCalls: Sendable {
  /// Distinct requests under way at once; one more is refused with RESOURCE_EXHAUSTED / TOO_MANY_CHECKOUTS.
  static let callsAtMost = 10_000

  private let tasks: SagaTasks
  private let calls = Mutex<[Key: SharedCall]>([:])

  init(tasks: SagaTasks) { self.tasks = tasks }

  private struct Key: Hashable {
    var clientID: String
    var method: String
    var requestID: String
    var bodyHash: [UInt8]

    init(_ key: InventoryV1.RequestKey) {
      clientID = key.clientID
      method = key.method
      requestID = key.requestID
      bodyHash = key.bodyHash
    }
  }

  /// The result of `work`, begun here or by an identical call before.
  ///
  /// `work` is told until when anyone waits for it: the latest of its waiters' deadlines, nil when one of them has none.
  func run(
    _ key: InventoryV1.RequestKey, deadline: Deadline?,
    _ work: @escaping @Sendable (_ deadline: @escaping @Sendable () -> Deadline?) async throws -> [UInt8]
  ) async throws -> [UInt8] {
    let key = Key(key)
    while true {
      let (call, isFirst) = try join(key)
      let waiter = call.enter(deadline: deadline)
      if isFirst { begin(call, key, work) }
      switch try await call.result(for: waiter) {
      case .ended(let result): return try result.get()
      // Those it worked for had all left before we came: begin again.
      case .givenUp: try Task.checkCancellation()
      }
    }
  }

  /// How many callers wait for the request with this key: for tests of who joins whom.
  func waiterCount(of key: InventoryV1.RequestKey) -> Int {
    calls.withLock { $0[Key(key)] }?.waiterCount ?? 0
  }

  private func join(_ key: Key) throws -> (SharedCall, isFirst: Bool) {
    try calls.withLock { calls in
      if let call = calls[key] { return (call, false) }
      guard calls.count < Self.callsAtMost else { throw Reasons.tooManyCalls }
      let call = SharedCall()
      calls[key] = call
      return (call, true)
    }
  }

  private func begin(
    _ call: SharedCall, _ key: Key, _ work: @escaping @Sendable (@escaping @Sendable () -> Deadline?) async throws -> [UInt8]
  ) {
    let task = tasks.start {
      let result: Result<[UInt8], any Error>
      do { result = .success(try await work { call.deadline }) } catch { result = .failure(error) }
      // Out of the table first: whoever joins from now on begins anew, and finds the outcome in inventory.
      self.calls.withLock { $0[key] = nil }
      call.end(result)
    }
    call.started(task)
  }
}

/// One piece of work and those who wait for it.
private final class SharedCall: Sendable {
  enum Outcome: Sendable {
    case ended(Result<[UInt8], any Error>)
    /// Cancelled because nobody waited any more.
    case givenUp
  }

  private struct State {
    var nextWaiter = 0
    /// Nil deadline: waits without one.
    var deadlines: [Int: Deadline?] = [:]
    var continuations: [Int: CheckedContinuation<Outcome, any Error>] = [:]
    var task: Task<Void, any Error>?
    var wasGivenUp = false
    var outcome: Outcome?
  }

  private let state = Mutex(State())

  /// Until when anyone waits.
  var deadline: Deadline? {
    state.withLock { state in
      var latest: Deadline?
      for deadline in state.deadlines.values {
        guard let deadline else { return nil }
        latest = max(latest ?? deadline, deadline)
      }
      return latest
    }
  }

  var waiterCount: Int { state.withLock { $0.deadlines.count } }

  func enter(deadline: Deadline?) -> Int {
    state.withLock { state in
      state.nextWaiter += 1
      state.deadlines[state.nextWaiter] = .some(deadline)
      return state.nextWaiter
    }
  }

  func started(_ task: Task<Void, any Error>) {
    let isAbandoned = state.withLock { state in
      state.task = task
      return state.wasGivenUp
    }
    if isAbandoned { task.cancel() }
  }

  /// Waits for the end. Throws CancellationError as soon as this waiter is cancelled; the others go on waiting.
  func result(for waiter: Int) async throws -> Outcome {
    try await withTaskCancellationHandler {
      try await withCheckedThrowingContinuation { continuation in
        let now: Result<Outcome, any Error>? = state.withLock { state in
          if let outcome = state.outcome { return .success(outcome) }
          guard state.deadlines[waiter] != nil else { return .failure(CancellationError()) }
          state.continuations[waiter] = continuation
          return nil
        }
        if let now { continuation.resume(with: now) }
      }
    } onCancel: {
      leave(waiter)
    }
  }

  func end(_ result: Result<[UInt8], any Error>) {
    let waiting = state.withLock { state in
      // Work that succeeded although all had left is a result like any other.
      let outcome: Outcome = if state.wasGivenUp, case .failure = result { .givenUp } else { .ended(result) }
      state.outcome = outcome
      defer { state.continuations = [:] }
      return state.continuations.values.map { ($0, outcome) }
    }
    for (continuation, outcome) in waiting { continuation.resume(returning: outcome) }
  }

  private func leave(_ waiter: Int) {
    let (continuation, task) = state.withLock { state in
      state.deadlines[waiter] = nil
      let continuation = state.continuations.removeValue(forKey: waiter)
      guard state.deadlines.isEmpty, state.outcome == nil else { return (continuation, nil as Task<Void, any Error>?) }
      state.wasGivenUp = true
      return (continuation, state.task)
    }
    continuation?.resume(throwing: CancellationError())
    task?.cancel()
  }
}
