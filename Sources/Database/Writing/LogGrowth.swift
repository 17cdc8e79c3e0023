import CSQLite

/// How long the write-ahead log is, as the writer's commits tell, and what is to be done about it.
struct LogGrowth {
  enum Step { case fine, checkpoint, cutBack }

  /// Pages in the log after the last commit; written by SQLite's hook, on the writer's thread.
  private final class Length { var pages = 0 }

  private let length = Length()
  private var pageSize = 4096
  private var pagesAtCheckpoint = 0

  init() {}

  init(_ connection: Connection) throws {
    try connection.execute(SQL("page-size", "SELECT page_size FROM pragma_page_size"), []) {
      pageSize = $0.int(0)
      return false
    }
    // The hook lives no longer than the connection, and both die with the `BatchConnection` that holds this value.
    sqlite3_wal_hook(
      connection.handle,
      { context, _, _, pages in
        Unmanaged<Length>.fromOpaque(context!).takeUnretainedValue().pages = Int(pages)
        return SQLITE_OK
      }, Unmanaged.passUnretained(length).toOpaque())
  }

  mutating func step(_ configuration: DatabaseConfiguration) -> Step {
    let pages = length.pages
    if pages < pagesAtCheckpoint { pagesAtCheckpoint = 0 }
    guard (pages - pagesAtCheckpoint) * pageSize >= configuration.checkpointBytes else { return .fine }
    pagesAtCheckpoint = pages
    return pages * pageSize >= configuration.walLimitBytes ? .cutBack : .checkpoint
  }

  /// Copies what is left and lets the next commit begin the log anew. Never waits: where a snapshot still needs the log nothing
  /// happens, and the next growth tries again. A backup, which holds its snapshot for longer, lets the log grow by what is written
  /// meanwhile.
  static func restart(_ connection: Connection) {
    _ = connection.withoutWaiting { sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_RESTART, nil, nil) }
  }
}
