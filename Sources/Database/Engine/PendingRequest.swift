import Synchronization

/// A read or a write between its caller and the thread that runs it. `Scope` is what its closure receives.
///
/// Life: made by the caller, offered to a queue, then run (perhaps several times) and answered exactly once by the thread that took
/// it; or answered by the caller's own side when the queue refuses it. Cancelling marks it: one that has not started is then
/// answered without being run. One that runs goes on, since its batch may already be on disk, unless its thread has said what stops it.
///
/// `@unchecked Sendable`: the queue's lock hands it from the caller to one thread, and only that thread touches it afterwards;
/// `cancelled` and `stop` alone are shared, the one atomic, the other behind a lock.
class PendingRequest<Scope>: @unchecked Sendable {
  /// Whose turn it takes; see `BlockingQueue`.
  let caller: String?
  let deadline: ContinuousClock.Instant?
  /// Of a write: which rows it takes; nil leaves it to the engine that nobody else seems to write.
  let locks: LockOrder?
  private let cancelled = Atomic(false)
  private let stop = Mutex<(@Sendable () -> Void)?>(nil)

  init(caller: String?, deadline: ContinuousClock.Instant?, locks: LockOrder?) {
    self.caller = caller
    self.deadline = deadline
    self.locks = locks
  }

  final func cancel() {
    cancelled.store(true, ordering: .relaxed)
    stop.withLock(\.self)?()
  }

  final var isCancelled: Bool { cancelled.load(ordering: .relaxed) }

  /// Has `stop` called once the request is cancelled; at once if it is already. It may be called after the run, and more than once.
  final func whenCancelled(_ stop: @escaping @Sendable () -> Void) {
    self.stop.withLock { $0 = stop }
    if isCancelled { stop() }
  }

  /// Why the request shall not start any more; nil when it may.
  final func reasonNotToStart(at now: ContinuousClock.Instant) -> (any Error)? {
    if isCancelled { return CancellationError() }
    if let deadline, deadline <= now { return DatabaseError.deadlineExceeded }
    return nil
  }

  /// Runs the closure and keeps what it returned or threw for `answer`.
  func run(in scope: Scope) { fatalError("implemented by TypedRequest") }

  /// What the latest run threw, or why there was none.
  var refusal: (any Error)? { fatalError("implemented by TypedRequest") }

  /// Replaces what the latest run left.
  func refuse(_ error: any Error) { fatalError("implemented by TypedRequest") }

  /// Gives the caller what the latest run left.
  func answer() { fatalError("implemented by TypedRequest") }

  /// Whether the run that follows gives an answer equal to that of the run before, as far as its type can be compared.
  func answersAlike(_ runAgain: () -> Void) -> Bool { fatalError("implemented by TypedRequest") }

  final func answer(with error: any Error) {
    refuse(error)
    answer()
  }
}

/// The request together with the type of its answer.
final class TypedRequest<Scope, Answer: Sendable>: PendingRequest<Scope>, @unchecked Sendable {
  private let body: @Sendable (Scope) throws -> Answer
  private var result: Result<Answer, any Error>?
  /// Unsafe only in that nothing checks for a second resume; `answer` takes it away, so a second one traps.
  private var continuation: UnsafeContinuation<Answer, any Error>?

  init(
    caller: String?, deadline: ContinuousClock.Instant?, locks: LockOrder?, _ body: @escaping @Sendable (Scope) throws -> Answer
  ) {
    self.body = body
    super.init(caller: caller, deadline: deadline, locks: locks)
  }

  func attach(_ continuation: UnsafeContinuation<Answer, any Error>) { self.continuation = continuation }

  override func run(in scope: Scope) {
    do { result = .success(try body(scope)) } catch { result = .failure(error) }
  }

  override var refusal: (any Error)? {
    if case .failure(let error) = result { return error }
    return nil
  }

  override func refuse(_ error: any Error) { result = .failure(error) }

  override func answer() {
    guard let continuation = continuation.take(), let result = result.take() else {
      preconditionFailure("a database request is answered exactly once, after it was run or refused")
    }
    continuation.resume(with: result)
  }

  override func answersAlike(_ runAgain: () -> Void) -> Bool {
    let before = result
    runAgain()
    switch (before, result) {
    case (.success(let first), .success(let second)):
      guard let first = first as? any Equatable else { return true }
      return first.equals(second)
    case (.failure, .failure): return true
    default: return false
    }
  }
}

extension Equatable {
  fileprivate func equals(_ other: Any) -> Bool { (other as? Self) == self }
}

extension PendingRequest {
  /// Makes a request, hands it to `submit`, and waits for its answer.
  static func answer<Answer: Sendable>(
    caller: String? = nil, deadline: ContinuousClock.Instant?, locks: LockOrder? = nil,
    _ body: @escaping @Sendable (Scope) throws -> Answer, submit: (PendingRequest<Scope>) -> Void
  ) async throws -> Answer {
    let request = TypedRequest<Scope, Answer>(caller: caller, deadline: deadline, locks: locks, body)
    return try await withTaskCancellationHandler {
      try await withUnsafeThrowingContinuation { continuation in
        request.attach(continuation)
        submit(request)
      }
    } onCancel: {
      request.cancel()
    }
  }
}
