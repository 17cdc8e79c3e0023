/// The requests that wait for the threads of one kind.
final class RequestQueue<Scope>: Sendable {
  private let queue: BlockingQueue<PendingRequest<Scope>>

  init(limit: Int) { queue = BlockingQueue(limit: limit) }

  /// From any thread: queues the request, or answers it at once with the reason why not.
  func submit(_ request: PendingRequest<Scope>) {
    switch queue.offer(request, of: request.caller) {
    case .accepted: break
    case .full: request.answer(with: DatabaseError.queueFull)
    case .closed: request.answer(with: DatabaseError.closed)
    }
  }

  var count: Int { queue.count }

  /// From any thread: what is queued is still done, what comes later is refused.
  func close() { queue.close() }

  /// Moves up to `count` requests to the end of `taken`, waiting for the first one. False when closed and empty.
  func take(upTo count: Int, into taken: inout [PendingRequest<Scope>]) -> Bool { queue.take(upTo: count, into: &taken) }

  /// The first request, waiting for it. Nil when closed and empty.
  func take() -> BlockingQueue<PendingRequest<Scope>>.Taken? { queue.take() }

  /// The first request, if there is one.
  func takeNow() -> BlockingQueue<PendingRequest<Scope>>.Taken? { queue.takeNow() }
}
