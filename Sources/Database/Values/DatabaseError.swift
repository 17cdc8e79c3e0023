/// Why a statement or a request failed. `sql` is the name of the statement (`SQL.name`); an error never carries SQL text, a value
/// or a path.
public enum DatabaseError: Error, Sendable, Hashable {
  /// The rows would break a rule of the schema. The statement changed nothing.
  case constraint(Constraint, sql: String)
  /// Another process holds the file's lock for longer than `busyTimeoutMilliseconds`; on PostgreSQL, other writes came first each time.
  case busy(sql: String)
  /// No room: the disk, or the database's own page limit.
  case full(sql: String)
  /// The file's content is not a database, or is damaged.
  case corrupt(sql: String)
  case readOnly(sql: String)
  /// The operating system failed to read, write, or open; on PostgreSQL, the server cannot be reached.
  case inputOutput(sql: String)
  case outOfMemory(sql: String)
  /// The request ran past its time limit or its deadline and was stopped.
  case interrupted(sql: String)
  /// A column held another type than the code asked for. Columns count from 0.
  case columnType(sql: String, column: Int)
  /// The statement is not one that services may run, does not parse, or got another number of arguments than it has parameters.
  case invalidStatement(sql: String)
  /// Anything else that SQLite reports, with its primary result code.
  case engine(code: Int32, sql: String)
  /// Anything else that PostgreSQL reports, with its five-character SQLSTATE.
  case server(state: String, sql: String)

  /// COMMIT failed and whether it took effect is not known. Safe to retry with the same request id.
  case commitUnknown
  /// The transaction was undone by an earlier failure of the same request, whose error the code swallowed.
  case transactionLost
  /// The queue holds `writeQueueLimit` (or `readQueueLimit`) requests. Nothing was started.
  case queueFull
  /// The deadline passed in the queue. Nothing was started.
  case deadlineExceeded
  /// The database was closed before the request started, or stopped after repeated failures to commit.
  case closed
  /// `runsEveryWriteTwice` found a write closure whose second run differed from its first at the named statement.
  case closureNotRepeatable(sql: String)
  /// A statement of a write with a `LockOrder` would read or change what the write has not locked, or lock out of order.
  case lockOrder(sql: String)
  /// The schema of the file is not one that this binary serves.
  case migration(MigrationRefusal)
  /// The file to restore from, or to write a backup to, is not usable; the word says why.
  case backup(BackupRefusal)
  /// An archive of the write-ahead log does not serve what was asked.
  case archive(ArchiveRefusal)

  public enum Constraint: Sendable, Hashable {
    case unique, primaryKey, foreignKey, check, notNull, dataType
    /// `RAISE(ABORT, …)` or `RAISE(FAIL, …)` in a trigger.
    case trigger
    case other
  }
}

/// Why a database's migrations do not fit the binary.
public enum MigrationRefusal: Sendable, Hashable {
  /// The text that was applied under this number differs from the one in the binary.
  case edited(number: Int, name: String)
  /// The database has a migration that the binary does not know.
  case newerDatabase(number: Int, name: String)
  /// The binary has a migration that the database lacks, and may only look: `migrate` comes first.
  case olderDatabase(number: Int, name: String)
  /// The file was not made by Patron.
  case foreignDatabase
  /// The binary's migrations are not numbered 1, 2, 3, …
  case notContiguous(number: Int, name: String)
  /// The database lacks a migration whose successor was applied.
  case missing(number: Int)
  /// The migration failed, or holds a statement that a migration may not (transaction control, PRAGMA, ATTACH), or one that
  /// `MigrationTranslator` does not know.
  case failed(number: Int, name: String)
  /// Rows reference rows that are not there after the migration.
  case brokenReferences(number: Int, name: String)
}

public enum BackupRefusal: Sendable, Hashable {
  /// Something stands at the destination already.
  case destinationExists
  case sourceMissing
  /// A process has the database open that would be replaced.
  case destinationInUse
  /// The source does not pass SQLite's integrity check or lacks Patron's own tables.
  case sourceDamaged
  case notWritable
  /// The database is a server's, which has tools of its own for this.
  case notAFile
}

extension DatabaseError: CustomStringConvertible {
  public var description: String {
    switch self {
    case .constraint(let constraint, let sql): "constraint (\(constraint)) refused by \(sql)"
    case .busy(let sql): "database busy at \(sql)"
    case .full(let sql): "database full at \(sql)"
    case .corrupt(let sql): "database damaged at \(sql)"
    case .readOnly(let sql): "database is read-only at \(sql)"
    case .inputOutput(let sql): "input/output error at \(sql)"
    case .outOfMemory(let sql): "out of memory at \(sql)"
    case .interrupted(let sql): "time limit reached at \(sql)"
    case .columnType(let sql, let column): "column \(column) of \(sql) has another type"
    case .invalidStatement(let sql): "statement \(sql) is not valid here"
    case .engine(let code, let sql): "SQLite code \(code) at \(sql)"
    case .server(let state, let sql): "PostgreSQL state \(state) at \(sql)"
    case .commitUnknown: "commit failed, its outcome is not known"
    case .transactionLost: "the transaction was undone by an earlier failure"
    case .queueFull: "the database queue is full"
    case .deadlineExceeded: "the deadline passed in the database queue"
    case .closed: "the database is closed"
    case .closureNotRepeatable(let sql): "the write closure differed in its second run at \(sql)"
    case .lockOrder(let sql): "statement \(sql) does not keep to the order of locks"
    case .migration(let refusal): "migration refused: \(refusal)"
    case .backup(let refusal): "backup or restore refused: \(refusal)"
    case .archive(let refusal): "archive: \(refusal)"
    }
  }
}
