import CSQLite

/// The threads that read, each with a connection of its own. They share one queue, so a slow read holds up one thread only, and never
/// wait for a writer: a snapshot reads past it, by SQLite's WAL as by PostgreSQL's row versions.
final class ReaderPool: Sendable {
  private let configuration: DatabaseConfiguration
  let queue: RequestQueue<Snapshot>

  init(_ configuration: DatabaseConfiguration) {
    self.configuration = configuration
    queue = RequestQueue(limit: configuration.readQueueLimit)
  }

  /// The body of each reader's thread. A snapshot is begun after a request was queued, so it shows all that was answered before; it does as
  /// much for those queued behind the request by then, and they are read on it as well: beginning and ending one costs as much as a point read.
  func run(_ connection: any SnapshotRunner) {
    var lastOnSnapshot: UInt64 = 0
    var sharingEnds = ContinuousClock.now
    while true {
      var taken = queue.takeNow()
      if taken == nil {
        connection.endSnapshot()
        taken = queue.take()
      }
      guard let taken else { return }
      let now = ContinuousClock.now
      if taken.number > lastOnSnapshot || now >= sharingEnds {
        connection.endSnapshot()
        lastOnSnapshot = taken.lastAccepted
        sharingEnds = now + configuration.snapshotSharing
      }
      serve(taken.element, at: now, on: connection)
    }
  }

  private func serve(_ request: PendingRequest<Snapshot>, at now: ContinuousClock.Instant, on connection: any SnapshotRunner) {
    if let reason = request.reasonNotToStart(at: now) { return request.answer(with: reason) }
    var limit = now + configuration.readTimeLimit
    if let deadline = request.deadline, deadline < limit { limit = deadline }
    connection.run(request, until: limit)
    request.answer()
  }
}

/// A read-only connection and its transaction borders, used on one thread.
final class ReaderConnection: StoppableSnapshotRunner {
  private let configuration: DatabaseConfiguration
  private var connection: Connection
  private var control: TransactionControl

  init(_ configuration: DatabaseConfiguration) throws {
    self.configuration = configuration
    connection = try Connection(configuration, role: .reader)
    control = try TransactionControl(connection)
  }

  /// See `Connection.stop`.
  var stop: @Sendable () -> Void { connection.stop }

  /// After an input/output error, which may stick to the file's handle. When the file does not open, the old connection stays and its
  /// errors are answered.
  private func reopen() {
    guard let opened = try? Connection(configuration, role: .reader), let prepared = try? TransactionControl(opened) else { return }
    control = prepared
    connection = opened
  }

  func run(_ request: PendingRequest<Snapshot>, until limit: ContinuousClock.Instant?) {
    read(request, until: limit)
    // What has failed may have ended the transaction, or belong to the handle.
    guard let refusal = request.refusal else { return }
    endSnapshot()
    if case .inputOutput? = refusal as? DatabaseError { reopen() }
  }

  private func read(_ request: PendingRequest<Snapshot>, until limit: ContinuousClock.Instant?) {
    if connection.isAutocommit {
      let began = control.beginReading.step()
      guard began == SQLITE_DONE else { return request.refuse(DatabaseError(code: began, sql: "begin")) }
    }
    connection.limitTime(until: limit)
    let snapshot = Snapshot(connection)
    request.run(in: snapshot)
    snapshot.end()
    connection.limitTime(until: nil)
  }

  func endSnapshot() {
    if !connection.isAutocommit { _ = control.rollback.step() }
  }
}
