import Synchronization

/// A connection that runs reads, on the thread that made it.
protocol SnapshotRunner: AnyObject {
  /// Runs the request on the snapshot that is open, or on one that its first statement takes; without a limit, to its end.
  func run(_ request: PendingRequest<Snapshot>, until limit: ContinuousClock.Instant?)

  /// What runs next begins another.
  func endSnapshot()
}

protocol StoppableSnapshotRunner: SnapshotRunner {
  /// Stops the statement that runs and each that comes; from any thread, also after the connection was closed.
  var stop: @Sendable () -> Void { get }
}

/// Reads that may take minutes, such as `verify` over years of books: each on a thread and a connection of its own, so that it takes no
/// reader away from those who wait at a till. Cancelling stops one that runs: nobody waits for it, and only a few may run at once.
///
/// Its snapshot keeps SQLite's write-ahead log from being cut back, and PostgreSQL's dead rows from being removed, while it lasts, so whoever
/// reads much takes one read for each question.
final class MaintenanceReader: Sendable {
  private struct State {
    var nextNumber = 0
    /// Of the reads under way: the thread, and what stops its statements.
    var threads: [Int: DatabaseThread] = [:]
    var stops: [Int: @Sendable () -> Void] = [:]
    var isClosed = false
  }

  private let limit: Int
  private let open: @Sendable () throws -> any StoppableSnapshotRunner
  private let state = Mutex(State())

  /// - Parameters:
  ///   - limit: Reads under way at once.
  ///   - open: Makes the connection of one read, on its thread.
  init(limit: Int, open: @escaping @Sendable () throws -> any StoppableSnapshotRunner) {
    self.limit = limit
    self.open = open
  }

  /// From any thread: starts the request, or answers it at once with the reason why not.
  func submit(_ request: PendingRequest<Snapshot>) {
    let refusal: DatabaseError? = state.withLock { state in
      if state.isClosed { return .closed }
      guard state.threads.count < limit else { return .queueFull }
      let number = state.nextNumber
      state.nextNumber += 1
      state.threads[number] = DatabaseThread("db-maintain") {
        self.serve(request, number)
        self.state.withLock { state in
          state.threads[number] = nil
          state.stops[number] = nil
        }
        request.answer()
      }
      return nil
    }
    if let refusal { request.answer(with: refusal) }
  }

  private func serve(_ request: PendingRequest<Snapshot>, _ number: Int) {
    if let reason = request.reasonNotToStart(at: .now) { return request.refuse(reason) }
    do {
      let connection = try open()
      let isClosed = state.withLock { state in
        state.stops[number] = connection.stop
        return state.isClosed
      }
      if isClosed { return request.refuse(DatabaseError.closed) }
      request.whenCancelled(connection.stop)
      connection.run(request, until: request.deadline)
      connection.endSnapshot()
      if request.isCancelled, case .interrupted? = request.refusal as? DatabaseError { request.refuse(CancellationError()) }
    } catch {
      request.refuse(error)
    }
  }

  /// From any thread but its own: stops what is under way, waits for its end, and refuses what comes later.
  func close() {
    let (threads, stops) = state.withLock { state in
      state.isClosed = true
      return (Array(state.threads.values), Array(state.stops.values))
    }
    for stop in stops { stop() }
    for thread in threads { thread.join() }
  }
}
