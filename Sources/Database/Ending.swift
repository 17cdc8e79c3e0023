import CSQLite

/// Starts a database's threads and ends them in order: the writer after what is queued, then whatever reads, the checkpointer and
/// the archiver, and last the log is moved into the file, unless an archive goes on with it at the next start.
final class Ending: Sendable {
  private let signal = EndSignal()

  /// Returns when every thread has its connection open; throws the first failure, after ending those that started.
  init(
    _ configuration: DatabaseConfiguration, _ writer: Writer, _ readers: ReaderPool, _ maintenance: MaintenanceReader,
    _ checkpointer: Checkpointer, _ archiver: LogArchiver?, _ feed: EventFeed
  ) throws {
    var others: [DatabaseThread] = []
    func endOthers() {
      readers.queue.close()
      checkpointer.close()
      archiver?.close()
      for thread in others { thread.join() }
    }
    do {
      // First: nothing may be copied into the file before the log is held.
      if let archiver { others.append(try Ending.start("db-archive", archiver.holdMarks, archiver.run)) }
      others.append(try Ending.start("db-checkpoint", { try Connection(configuration, role: .maintenance) }, checkpointer.run))
      for number in 1...max(1, configuration.readerCount) {
        others.append(try Ending.start("db-read-\(number)", { try ReaderConnection(configuration) }, readers.run))
      }
      let started = others
      _ = try Ending.start("db-write", { try BatchConnection(configuration, archiver: archiver) }) { connection in
        writer.run(connection)
        maintenance.close()
        readers.queue.close()
        checkpointer.close()
        archiver?.close()
        for thread in started { thread.join() }
        feed.close()
        if !configuration.leavesLog { Ending.moveLog(configuration) }
        self.signal.signal()
      }
    } catch {
      endOthers()
      throw error
    }
  }

  /// Starts a thread that makes a connection and uses it; returns once the connection is made.
  private static func start<Resource>(
    _ name: String, _ open: @escaping @Sendable () throws -> Resource, _ body: @escaping @Sendable (Resource) -> Void
  ) throws -> DatabaseThread {
    let opened = BlockingQueue<(any Error)?>(limit: 1)
    let thread = DatabaseThread(name) {
      do {
        let resource = try open()
        _ = opened.offer(nil)
        body(resource)
      } catch {
        _ = opened.offer(error)
      }
    }
    var outcome: [(any Error)?] = []
    _ = opened.take(upTo: 1, into: &outcome)
    if let failure = outcome.first ?? nil {
      thread.join()
      throw failure
    }
    return thread
  }

  /// The last connection to close copies the log into the file and removes it. It fails only with the disk, and then the log stays
  /// and the next start reads it.
  private static func moveLog(_ configuration: DatabaseConfiguration) {
    var configuration = configuration
    // Another process (`verify` beside the service) that uses the log now keeps it; waiting for it would hold up its writer.
    configuration.busyTimeoutMilliseconds = 0
    guard let connection = try? Connection(configuration, role: .maintenance) else { return }
    _ = sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
  }

  func wait() async { await signal.wait() }
}
