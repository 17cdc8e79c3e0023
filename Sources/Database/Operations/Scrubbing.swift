import CSQLite

/// Leaving nothing behind of what was deleted. SQLite keeps deleted bytes in two places: in pages of the file that are free or half used, and
/// in older copies of pages in the write-ahead log. A server keeps them in more, and lets go of them by its own rules.
extension Database {
  /// A large table of keys is vacuumed in seconds.
  private static let vacuumLimit = Duration.seconds(60)

  /// Leaves as little as the engine can of what was deleted from `tables`.
  ///
  /// SQLite: nothing, where the file `overwritesDeleted`; the log is emptied, which waits for readers as long as for another process and throws
  /// `busy` when that was not enough. PostgreSQL: the rows go from their pages, unless an older transaction may still see them; their bytes
  /// stay in the pages until others take the place, in the write-ahead log until it is recycled, and in every backup and standby.
  public func scrub(_ tables: [StaticString]) async throws {
    switch configuration.location {
    case .sqlite: try await emptyLog()
    case .postgres:
      try await onMaintenanceThread { configuration in
        let connection = try PostgresConnection(configuration, role: .maintenance)
        connection.limitTime(until: .now + Self.vacuumLimit)
        for table in tables { try connection.control("VACUUM \"\(table)\"") }
      }
    }
  }

  /// SQLite: writes the whole file anew from its rows, and empties the log. Writes wait meanwhile, as long as copying the file takes: for a
  /// start.
  public func rewrite() async throws {
    try await onMaintenanceThread { try Connection($0, role: .maintenance).control("VACUUM") }
    try await emptyLog()
  }

  func emptyLog() async throws {
    if configuration.archive != nil { return try await emptyShippedLog() }
    try await onMaintenanceThread { configuration in
      let connection = try Connection(configuration, role: .maintenance)
      let code = sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
      guard code == SQLITE_OK else { throw DatabaseError(code: code, sql: "checkpoint") }
    }
  }

  /// Where the log is shipped, the writer alone has it begun anew; what is in the archive stays there.
  private func emptyShippedLog() async throws {
    guard let before = LogFile(of: configuration.path)?.header else { return }
    let patience = ContinuousClock.now + .milliseconds(configuration.busyTimeoutMilliseconds)
    repeat {
      (engine as? SQLiteEngine)?.archiver?.demandCut()
      // The second write begins after whatever followed the first.
      for _ in 0..<2 { try await write { _ in } }
      guard let log = LogFile(of: configuration.path), log.header == before else { return }
      try await Task.sleep(for: Self.pauseForReaders)
    } while ContinuousClock.now < patience
    throw DatabaseError.busy(sql: "checkpoint")
  }

  private static let pauseForReaders: Duration = .milliseconds(20)

  private func onMaintenanceThread(_ work: @escaping @Sendable (DatabaseConfiguration) throws -> Void) async throws {
    try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
      _ = DatabaseThread("db-scrub") { [configuration] in continuation.resume(with: Result { try work(configuration) }) }
    }
  }
}
