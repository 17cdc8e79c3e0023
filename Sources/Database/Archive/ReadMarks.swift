/// Keeps the log from beginning anew: SQLite does that only when no snapshot needs any of it, and this holds one all the time.
///
/// Two connections take turns, the new snapshot before the old one goes, so that checkpoints can copy what the new one has. SQLite gives a
/// snapshot no hold on the log when all of that is in the file already (it then reads the file alone). Checkpoints copy no further than the old
/// snapshot reaches, so the new one is taken only once the log is known to be longer than that. On an empty log the hold is another: nothing is
/// copied into the file at all, so what comes into the log stays there until the next turn.
final class ReadMarks {
  private let connections: [Connection]
  private var current: Int?
  /// Frames of the log that the current snapshot has at most.
  private var reach = 0

  init(_ configuration: DatabaseConfiguration) throws {
    connections = try (0..<2).map { _ in try Connection(configuration, role: .reader) }
  }

  /// Lets go of what is shipped and holds the rest.
  /// - Parameter committed: Counts the log's committed frames.
  func hold(shipped: Int, _ committed: () -> Int) throws {
    if current != nil, shipped <= reach { return }
    let next = current == 0 ? 1 : 0
    try connections[next].control("BEGIN")
    do { try connections[next].control("SELECT 1 FROM sqlite_schema") } catch {
      try? connections[next].control("ROLLBACK")
      throw error
    }
    if let current { try connections[current].control("ROLLBACK") }
    current = next
    // Counted after the snapshot is there: whatever it has is among them.
    reach = committed()
  }

  func release() {
    if let current { try? connections[current].control("ROLLBACK") }
    current = nil
    reach = 0
  }

  /// As the current snapshot has it.
  func logOrigin() throws -> LogOrigin {
    guard let current else { return .unknown }
    return try LogOrigin.read(connections[current])
  }
}
