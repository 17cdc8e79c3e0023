/// Keeps the log from beginning anew: SQLite cuts it back only when no snapshot needs any of it, and this holds one all the time.
///
/// Two connections take turns, the new snapshot before the old one goes. A snapshot that is taken while the whole log is copied into the file
/// would not need the log and keep nothing; one that is taken while an older one still holds back the copying always does. So a new one is
/// taken only when there are frames that the old one lacks. On an empty log, a snapshot keeps the copying from beginning at all.
final class ReadMarks {
  private let connections: [Connection]
  private var current: Int?
  /// Frames of the log that the current snapshot is known to have.
  private var frames = 0

  init(_ configuration: DatabaseConfiguration) throws {
    connections = try (0..<2).map { _ in try Connection(configuration, role: .reader) }
  }

  /// Holds what is committed now, of which `committed` frames are known.
  func hold(_ committed: Int) throws {
    if current != nil, committed <= frames { return }
    let next = current == 0 ? 1 : 0
    try connections[next].control("BEGIN")
    do { try connections[next].control("SELECT 1 FROM sqlite_schema") } catch {
      try? connections[next].control("ROLLBACK")
      throw error
    }
    if let current { try connections[current].control("ROLLBACK") }
    current = next
    frames = committed
  }

  func release() {
    if let current { try? connections[current].control("ROLLBACK") }
    current = nil
    frames = 0
  }
}
