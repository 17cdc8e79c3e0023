import CSQLite
import Foundation

extension Database {
  /// Copies the database as it is now into a new file at `path`, while reads and writes go on. The copy is one snapshot, is checked by
  /// opening it, is on disk when this returns, and takes its name only then; nothing may stand there before.
  public func backup(to path: String) async throws {
    guard configuration.location.filePath != nil else { throw DatabaseError.backup(.notAFile) }
    try await Backup.onThread { [configuration] in try Backup.copy(configuration, to: path) }
  }

  /// The same for a database that this process has not opened, whatever its schema; it is not made when missing.
  public static func backup(of path: String, to destination: String) async throws {
    try await Backup.onThread { try Backup.copy(DatabaseConfiguration(path: path), to: destination) }
  }

  /// Puts the backup at `source` in place as the database at `path`, with a new epoch, since events after the backup will be given
  /// their positions a second time. The database must not be open; an older one at `path` is replaced only when `replacing` is true.
  public static func restore(from source: String, to path: String, replacing: Bool = false) async throws {
    try await Backup.onThread { try Backup.restore(from: source, to: path, replacing: replacing) }
  }
}

/// The files of backup and restore. Both write beside the destination under another name and rename at the end, so that a file with
/// the right name is always whole.
enum Backup {
  /// Pages copied between two looks at whether to go on: 4 MiB.
  private static let pagesAStep: Int32 = 1_024

  /// Copying blocks for long, so it gets a thread of its own instead of one of the cooperative pool's.
  static func onThread<Answer: Sendable>(_ body: @escaping @Sendable () throws -> Answer) async throws -> Answer {
    try await withUnsafeThrowingContinuation { (continuation: UnsafeContinuation<Answer, any Error>) in
      _ = DatabaseThread("db-backup") { continuation.resume(with: Result(catching: body)) }
    }
  }

  // MARK: Backup

  static func copy(_ configuration: DatabaseConfiguration, to path: String, stop: StopSwitch = StopSwitch()) throws {
    guard access(path, F_OK) != 0 else { throw DatabaseError.backup(.destinationExists) }
    let partial = path + ".partial"
    try removeDatabase(partial)
    do {
      try copyPages(configuration, to: partial, stop)
      try check(partial, stop)
      try place(partial, at: path)
    } catch {
      try? removeDatabase(partial)
      throw error
    }
  }

  private static func copyPages(_ configuration: DatabaseConfiguration, to path: String, _ stop: StopSwitch) throws {
    let source = try Connection(configuration, role: .reader)
    // One read transaction over all steps: the copy is one snapshot, and commits meanwhile do not make SQLite begin again.
    try source.control("BEGIN")
    try source.control("SELECT 1 FROM sqlite_schema")
    try DatabaseFile.make(path)
    var opened: OpaquePointer?
    let code = sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil)
    defer { sqlite3_close_v2(opened) }
    guard code == SQLITE_OK, let opened else { throw DatabaseError.backup(.notWritable) }
    guard let backup = sqlite3_backup_init(opened, "main", source.handle, "main") else {
      throw DatabaseError.backup(.notWritable)
    }
    var step: Int32
    repeat { step = sqlite3_backup_step(backup, pagesAStep) } while step == SQLITE_OK && !stop.isStopped
    let finished = sqlite3_backup_finish(backup)
    let ended = step == SQLITE_DONE ? finished : step
    guard ended == SQLITE_OK else { throw DatabaseError(code: ended, sql: "backup") }
  }

  // MARK: Restore

  static func restore(from source: String, to path: String, replacing: Bool) throws {
    guard access(source, R_OK) == 0 else { throw DatabaseError.backup(.sourceMissing) }
    try restore(to: path, replacing: replacing) { partial in
      do { try FileManager.default.copyItem(atPath: source, toPath: partial) } catch {
        throw DatabaseError.backup(.notWritable)
      }
    }
  }

  /// Puts what `make` makes at the path that it is given in place as the database at `path`.
  static func restore<Answer>(to path: String, replacing: Bool, _ make: (_ partial: String) throws -> Answer) throws -> Answer {
    if access(path, F_OK) == 0 {
      guard replacing else { throw DatabaseError.backup(.destinationExists) }
      guard !isInUse(path) else { throw DatabaseError.backup(.destinationInUse) }
    }
    try DatabaseFile.makeFolder(of: path)
    let partial = path + ".partial"
    try removeDatabase(partial)
    do {
      let answer = try make(partial)
      chmod(partial, 0o600)
      try check(partial)
      try renewEpoch(partial)
      // A log of the database that stood here belongs to that one; beside the restored file it would be applied to it. So it goes
      // first: a crash between the two leaves the older file, never the restored one with a foreign log.
      try remove(path, suffixes: logSuffixes)
      try place(partial, at: path)
      return answer
    } catch {
      try? removeDatabase(partial)
      throw error
    }
  }

  /// Whether a process has the database open. Each connection in WAL mode holds a shared lock for its life, so the exclusive one is
  /// refused. A file too damaged to tell is not in use by anybody who could do anything with it.
  private static func isInUse(_ path: String) -> Bool {
    var opened: OpaquePointer?
    defer { sqlite3_close_v2(opened) }
    guard sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK else { return false }
    return sqlite3_exec(opened, "PRAGMA locking_mode=EXCLUSIVE; BEGIN IMMEDIATE; ROLLBACK", nil, nil, nil) == SQLITE_BUSY
  }

  private static func renewEpoch(_ path: String) throws {
    let connection = try Connection(DatabaseConfiguration(path: path), role: .maintenance)
    try Meta.renewEpoch(connection)
    try LogOrigin.forget(connection)
    _ = sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil)
  }

  // MARK: Files

  /// Reads every page and index of the file, and asks for Database's own tables.
  private static func check(_ path: String, _ stop: StopSwitch = StopSwitch()) throws {
    var verdict: [String] = []
    do {
      let connection = try Connection(DatabaseConfiguration(path: path), role: .maintenance)
      stop.whenStopped(connection.stop)
      defer { stop.whenStopped(nil) }
      try connection.execute(SQL("backup.integrity-check", "SELECT * FROM pragma_integrity_check"), []) {
        verdict.append($0.text(0))
        return true
      }
      try connection.execute(SQL("backup.own-tables", "SELECT count(*) FROM database_meta"), []) { _ in true }
    } catch {
      throw DatabaseError.backup(.sourceDamaged)
    }
    guard verdict == ["ok"] else { throw DatabaseError.backup(.sourceDamaged) }
  }

  /// Syncs the file and gives it its name.
  private static func place(_ partial: String, at path: String) throws {
    do {
      try DatabaseFile.sync(partial)
      try DatabaseFile.rename(partial, to: path)
    } catch {
      throw DatabaseError.backup(.notWritable)
    }
  }

  static func removeDatabase(_ path: String) throws {
    try remove(path, suffixes: [""] + logSuffixes)
  }

  private static let logSuffixes = ["-wal", "-shm", "-journal"]

  private static func remove(_ path: String, suffixes: [String]) throws {
    for suffix in suffixes {
      guard unlink(path + suffix) == 0 || errno == ENOENT else { throw DatabaseError.backup(.notWritable) }
    }
  }
}
