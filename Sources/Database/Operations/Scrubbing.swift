import CSQLite

/// Leaving nothing behind of what was deleted. SQLite keeps deleted bytes in two places: in pages of the file that are free or half used, and
/// in older copies of pages in the write-ahead log.
extension Database {
  /// Moves the write-ahead log into the file and cuts it to nothing. Waits for readers as long as for another process; throws `busy` when that
  /// was not enough.
  public func emptyLog() async throws {
    if configuration.archive != nil { return try await emptyShippedLog() }
    try await onMaintenanceThread { connection in
      let code = sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
      guard code == SQLITE_OK else { throw DatabaseError(code: code, sql: "checkpoint") }
    }
  }

  /// Where the log is shipped, the writer alone cuts it back: what is in the archive stays there.
  private func emptyShippedLog() async throws {
    guard let before = LogFile(of: configuration.path)?.header else { return }
    (engine as? SQLiteEngine)?.archiver?.demandCut()
    // The second write begins after whatever followed the first.
    for _ in 0..<2 { try await write { _ in } }
    guard let log = LogFile(of: configuration.path), log.header == before else { return }
    throw DatabaseError.busy(sql: "checkpoint")
  }

  /// Writes the whole file anew from its rows, and empties the log. Writes wait meanwhile, as long as copying the file takes: for a start.
  public func rewrite() async throws {
    try await onMaintenanceThread { connection in try connection.control("VACUUM") }
    try await emptyLog()
  }

  private func onMaintenanceThread(_ work: @escaping @Sendable (Connection) throws -> Void) async throws {
    try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Void, any Error>) in
      _ = DatabaseThread("db-scrub") { [configuration] in
        continuation.resume(with: Result { try work(Connection(configuration, role: .maintenance)) })
      }
    }
  }
}
