import Logging

/// The one thread that writes. It takes everything that is queued as a batch, makes the batch durable with one COMMIT, and answers
/// its callers after that, so many callers share the price of one fsync.
///
/// `@unchecked Sendable`: the queue locks itself; every other variable is touched on the writer's thread only.
final class Writer: @unchecked Sendable {
  private let configuration: DatabaseConfiguration
  let queue: RequestQueue<Transaction>
  private let feed: EventFeed
  private let checkpointer: Checkpointer
  let observations = WriterObservations()

  init(_ configuration: DatabaseConfiguration, feed: EventFeed, checkpointer: Checkpointer) {
    self.configuration = configuration
    self.feed = feed
    self.checkpointer = checkpointer
    queue = RequestQueue(limit: configuration.writeQueueLimit)
  }

  /// The body of the writer's thread. Ends after `close`, or when the file cannot be written any more.
  func run(_ connection: BatchConnection) {
    var batch: [PendingRequest<Transaction>] = []
    batch.reserveCapacity(configuration.batchLimit)
    while queue.take(upTo: configuration.batchLimit, into: &batch) {
      do throws(DatabaseError) {
        try commit(&batch, on: connection)
        batch.removeAll(keepingCapacity: true)
        try connection.tendLog(checkpointer)
      } catch {
        return stop(error, &batch)
      }
    }
    connection.close()
  }

  // MARK: A batch

  /// Reruns of one batch after which its requests run in transactions of their own. Each rerun follows a request that undid the whole
  /// batch; on a full disk every request does, and rerunning all the others for each would take quadratic time.
  private static let rerunLimit = 3

  /// Answers every request of `batch`. Throws when the process must stop; what is left in `batch` is then unanswered.
  private func commit(_ batch: inout [PendingRequest<Transaction>], on connection: BatchConnection) throws(DatabaseError) {
    var reruns = 0
    while !batch.isEmpty {
      let count = reruns <= Writer.rerunLimit ? batch.count : 1
      switch connection.attempt(batch[..<count]) {
      case .committed(let appendedPosition):
        if let appendedPosition { feed.advance(to: appendedPosition) }
        observations.committed(count)
        answer(&batch, count)
      case .refused(let error):
        refuse(&batch, count, error)
      case .undone(let offender, let error):
        batch.remove(at: offender).answer(with: error)
        reruns += 1
        observations.reran()
        // Only our own errors are free of values; another is the service's and is told by whoever answers it.
        let reason = error as? DatabaseError ?? .transactionLost
        configuration.logger.warning("a write undid its batch, the others run again", metadata: ["error": "\(reason)"])
      case .refusedAtCommit(let error):
        // A deferred constraint does not say whose it is, and on a full disk one long request may be what does not fit. Alone, each
        // request gets its own answer.
        if count == 1 { refuse(&batch, 1, error) } else { reruns = Writer.rerunLimit + 1 }
      case .unknown(let error):
        refuse(&batch, count, .commitUnknown)
        observations.failedToCommit()
        configuration.logger.error("commit failed, its outcome is unknown", metadata: ["error": "\(error)", "requests": "\(count)"])
        try connection.reopen(after: error)
      }
    }
  }

  private func answer(_ batch: inout [PendingRequest<Transaction>], _ count: Int) {
    for request in batch[..<count] { request.answer() }
    batch.removeFirst(count)
  }

  private func refuse(_ batch: inout [PendingRequest<Transaction>], _ count: Int, _ error: DatabaseError) {
    for request in batch[..<count] { request.answer(with: error) }
    batch.removeFirst(count)
  }

  private func stop(_ error: DatabaseError, _ batch: inout [PendingRequest<Transaction>]) {
    queue.close()
    configuration.stopProcess(error)
    repeat {
      refuse(&batch, batch.count, .closed)
    } while queue.take(upTo: configuration.batchLimit, into: &batch)
  }
}
