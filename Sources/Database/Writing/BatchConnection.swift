import CSQLite

/// The writer's connection: runs batches on it, and is opened again from the file when the outcome of one is unknown. Used on the
/// writer's thread only.
///
/// Three facts of SQLite shape `attempt` (each has a test that injects it):
/// - An interrupted write, a full disk and some input/output errors undo the whole transaction, not the savepoint. The next savepoint
///   would begin a transaction of its own and commit by itself. So after every request `sqlite3_get_autocommit` is asked, and once
///   the batch is gone nothing more of it runs.
/// - A deferred constraint fails the whole batch at COMMIT.
/// - After an input/output error at COMMIT the outcome is unknown: the frames may be in the log without being synced.
///
/// A full disk at COMMIT is no such case. SQLite reports it for a write of a frame that did not go through (a failed sync is another
/// code), and the frame that commits is the last one written: it is not whole in the log, so neither this process nor a later reader
/// of the log takes the transaction for committed. Last it is only where a write of one sector leaves its neighbours alone
/// (SQLITE_IOCAP_POWERSAFE_OVERWRITE, which SQLite's own file system has unless a URI says psow=0); elsewhere SQLite pads the log with more
/// frames after it.
final class BatchConnection {
  enum Attempt {
    /// The batch is on disk. The position is the last that it appended to the outbox.
    case committed(appendedPosition: Int64?)
    /// The batch did not begin; no request has run.
    case refused(DatabaseError)
    /// The request at this index undid the batch. Nothing of the batch is left; the others may run again.
    case undone(offender: Int, any Error)
    /// COMMIT refused the batch and it was rolled back.
    case refusedAtCommit(DatabaseError)
    /// COMMIT failed and may have taken effect.
    case unknown(DatabaseError)
  }

  private let configuration: DatabaseConfiguration
  /// Nil only after `close`.
  private var connection: Connection?
  private var control: TransactionControl?
  private var log = LogGrowth()
  /// Where the log is shipped to an archive.
  private let archiver: LogArchiver?
  /// What the file has, and what the commit that comes puts in its place.
  private var lastStamp = CommitStamp(time: 0)
  private var nextStamp: CommitStamp?
  private var failuresInARow = 0

  init(_ configuration: DatabaseConfiguration, archiver: LogArchiver? = nil) throws(DatabaseError) {
    self.configuration = configuration
    self.archiver = archiver
    try open()
    // A log that is shipped is never empty: it is by its own salts that the next start knows it.
    if archiver != nil, LogFile(of: configuration.path) == nil { try beginLog(.unknown) }
  }

  private func open() throws(DatabaseError) {
    do {
      let opened = try Connection(configuration, role: .writer)
      control = try TransactionControl(opened)
      connection = opened
      log = try LogGrowth(opened)
      if archiver != nil { lastStamp = try CommitStamp.read(opened) }
    } catch {
      throw error as? DatabaseError ?? .inputOutput(sql: "open")
    }
  }

  // MARK: One attempt

  /// Runs each request in its own savepoint inside one transaction and commits. The requests keep what their runs left; the caller
  /// answers them.
  func attempt(_ requests: ArraySlice<PendingRequest<Transaction>>) -> Attempt {
    guard let connection, let control else { preconditionFailure("the writer's connection is closed") }
    let began = control.beginWriting.step()
    guard began == SQLITE_DONE else { return .refused(DatabaseError(code: began, sql: "begin")) }
    let changesBefore = archiver == nil ? 0 : connection.totalChanges
    nextStamp = nil
    var appendedPosition: Int64?
    for index in requests.indices {
      let request = requests[index]
      let now = ContinuousClock.now
      if let reason = request.reasonNotToStart(at: now) {
        request.refuse(reason)
        continue
      }
      let ending = run(request, now, connection, control)
      if case .lost(let error) = ending {
        if !connection.isAutocommit { _ = control.rollback.step() }
        return .undone(offender: index - requests.startIndex, error)
      }
      if case .kept(let position?) = ending { appendedPosition = position }
    }
    if let archiver, connection.totalChanges != changesBefore {
      do { try stamp(connection, archiver) } catch {
        if !connection.isAutocommit { _ = control.rollback.step() }
        return .refusedAtCommit(error)
      }
    }
    return commit(connection, control, appendedPosition)
  }

  /// Dates the commit that comes, inside it.
  private func stamp(_ connection: Connection, _ archiver: LogArchiver) throws(DatabaseError) {
    let stamp = archiver.stamp(after: lastStamp)
    do { try connection.control(stamp.statements(after: lastStamp)) } catch { throw error as? DatabaseError ?? .inputOutput(sql: "stamp") }
    nextStamp = stamp
  }

  private enum Ending {
    case kept(appendedPosition: Int64?)
    case rolledBack
    case lost(any Error)
  }

  private func run(
    _ request: PendingRequest<Transaction>, _ now: ContinuousClock.Instant, _ connection: Connection, _ control: TransactionControl
  ) -> Ending {
    let opened = control.savepoint.step()
    guard opened == SQLITE_DONE else { return .lost(DatabaseError(code: opened, sql: "savepoint")) }
    var limit = now + configuration.writeTimeLimit
    if let deadline = request.deadline, deadline < limit { limit = deadline }
    connection.limitTime(until: limit)
    let transaction =
      configuration.runsEveryWriteTwice
      ? runTwice(request, connection, control) : runOnce(request, connection, keepsTrace: false)
    connection.limitTime(until: nil)

    if transaction.loss != nil || connection.isAutocommit {
      return .lost(request.refusal ?? transaction.loss ?? .transactionLost)
    }
    if request.refusal != nil {
      let undone = control.rollbackToSavepoint.step()
      guard undone == SQLITE_DONE else { return .lost(request.refusal ?? DatabaseError(code: undone, sql: "rollback")) }
    }
    let released = control.release.step()
    guard released == SQLITE_DONE else { return .lost(DatabaseError(code: released, sql: "release")) }
    return request.refusal == nil ? .kept(appendedPosition: transaction.appendedPosition) : .rolledBack
  }

  private func runOnce(_ request: PendingRequest<Transaction>, _ connection: Connection, keepsTrace: Bool) -> Transaction {
    let transaction = Transaction(connection, keepsTrace: keepsTrace, locks: keepsTrace ? request.locks : nil)
    request.run(in: transaction)
    transaction.end()
    return transaction
  }

  /// The first run is rolled back, the second counts. What differs between them came from outside the database.
  private func runTwice(
    _ request: PendingRequest<Transaction>, _ connection: Connection, _ control: TransactionControl
  ) -> Transaction {
    let rehearsal = runOnce(request, connection, keepsTrace: true)
    guard rehearsal.loss == nil, control.rollbackToSavepoint.step() == SQLITE_DONE else { return rehearsal }
    var transaction = rehearsal
    let isAlike = request.answersAlike { transaction = runOnce(request, connection, keepsTrace: true) }
    if transaction.loss == nil { WriteTrace.compare(rehearsal, transaction, answersAlike: isAlike, of: request) }
    return transaction
  }

  private func commit(_ connection: Connection, _ control: TransactionControl, _ appendedPosition: Int64?) -> Attempt {
    let code = control.commit.step()
    if code == SQLITE_DONE {
      failuresInARow = 0
      lastStamp = nextStamp ?? lastStamp
      return .committed(appendedPosition: appendedPosition)
    }
    let error = DatabaseError(code: code, sql: "commit")
    switch error {
    case .full where connection.isAutocommit:
      // SQLite has rolled it back.
      return .refusedAtCommit(error)
    case .constraint where !connection.isAutocommit, .busy where !connection.isAutocommit, .full:
      // SQLite left the transaction open, so nothing of it is on disk.
      if control.rollback.step() == SQLITE_DONE { return .refusedAtCommit(error) }
      return .unknown(error)
    default:
      return .unknown(error)
    }
  }

  // MARK: After a failed COMMIT

  /// Opens the file anew, so that what the next batch sees is what the file holds. Throws when two COMMITs in a row have failed, or
  /// the file does not open: the process must stop.
  func reopen(after error: DatabaseError) throws(DatabaseError) {
    failuresInARow += 1
    close()
    guard failuresInARow < 2 else { throw error }
    try open()
  }

  func close() {
    control = nil
    connection = nil
  }

  // MARK: The log

  /// Between two batches: asks the checkpointer to copy the log into the file when it has grown, and has it begun anew when it has passed its
  /// limit. Throws when the process must stop.
  func tendLog(_ checkpointer: Checkpointer) throws(DatabaseError) {
    guard let connection else { return }
    let step = log.step(configuration)
    let isDemanded = archiver?.takeCutDemand() ?? false
    switch (isDemanded ? .cutBack : step, archiver) {
    case (.fine, _): break
    case (.checkpoint, _): checkpointer.demand()
    case (.cutBack, nil): LogGrowth.restart(connection)
    case (.cutBack, let archiver?):
      let isNew = try checkpointer.whileIdle { () throws(DatabaseError) in
        // Who demands it wants nothing left of the earlier log, where the next would else be written over it.
        if isDemanded { try? connection.control("PRAGMA journal_size_limit=0") }
        defer { if isDemanded { try? connection.control("PRAGMA journal_size_limit=\(configuration.walLimitBytes)") } }
        return try archiver.cutBack(connection) { origin throws(DatabaseError) in try beginLog(origin) }
      }
      // What the archive has can be copied meanwhile.
      if isNew != true { checkpointer.demand() }
    }
  }

  /// Commits where the log comes from. It is not dated: to a restore it belongs to the commit after it.
  private func beginLog(_ origin: LogOrigin) throws(DatabaseError) {
    guard let connection, let control, control.beginWriting.step() == SQLITE_DONE else { return }
    nextStamp = nil
    do { try origin.write(connection) } catch {
      if !connection.isAutocommit { _ = control.rollback.step() }
      return
    }
    switch commit(connection, control, nil) {
    case .unknown(let error): try reopen(after: error)
    default: break
    }
  }
}
