public import Logging

/// Where a database lives, and the named limits it works within. Limits that name SQLite or PostgreSQL hold on that engine only.
public struct DatabaseConfiguration: Sendable {
  public var location: DatabaseLocation

  /// PostgreSQL: connections that write, each with a thread of its own and one transaction at a time.
  public var writerCount = 8
  /// Writes that may wait for a writer; one more is refused with `queueFull`, and so is one of a caller who has as many waiting as there is
  /// room left: alone a caller fills half.
  public var writeQueueLimit = 10_000
  /// SQLite: writes that one COMMIT makes durable at most. It bounds how long the first of a batch waits for the last.
  public var batchLimit = 512
  /// How long the SQL of one write, its repetitions included, may take before it is stopped and undone.
  public var writeTimeLimit: Duration = .seconds(2)

  /// Connections that read, each with a thread of its own.
  public var readerCount = 4
  /// Reads that may wait for a reader; one more is refused with `queueFull`.
  public var readQueueLimit = 10_000
  /// How long one read may hold its snapshot. A held snapshot stops SQLite's write-ahead log from being cut back.
  public var readTimeLimit: Duration = .seconds(5)
  /// SQLite: how old a snapshot may be when a read that was queued before it began is served on it as well. 0: each read has its own.
  public var snapshotSharing: Duration = .milliseconds(10)

  /// Reads for maintenance under way at once, which no time but their deadline limits; one more is refused with `queueFull`.
  public var maintenanceReadLimit = 4

  /// PostgreSQL: how often a write is run again, within its time limit, because another one came first.
  public var conflictRetryLimit = 200
  /// PostgreSQL: whether anybody follows this database's events. One without has no publisher.
  public var hasFeed = true
  /// PostgreSQL: how often each replica looks whether there are events to publish, or published by another.
  public var publishInterval: Duration = .milliseconds(25)
  /// PostgreSQL: how long the replica that publishes may be silent before another takes its place.
  public var publisherLease: Duration = .seconds(10)
  /// PostgreSQL: how long a connection may take to open, and a server that answers nothing to stop a statement.
  public var connectTimeout: Duration = .seconds(5)

  /// SQLite: the write-ahead log is copied into the database file, off the writer's path, when it has grown by this much.
  public var checkpointBytes = 4 * 1024 * 1024
  /// SQLite: above this the writer itself cuts the log back between two batches, as soon as no snapshot needs it.
  public var walLimitBytes = 64 * 1024 * 1024

  /// SQLite: where the write-ahead log is shipped to; nil for nowhere.
  public var archive: ArchiveConfiguration?

  /// SQLite: how long to wait for another process (`backup`, `verify`) that holds the file's lock.
  public var busyTimeoutMilliseconds = 5_000
  /// SQLite: page cache of each connection.
  public var cacheKibibytes = 8 * 1024
  /// Prepared statements kept by each connection.
  public var statementCacheLimit = 512

  /// Whether what is deleted is overwritten with zeros in the file (`PRAGMA secure_delete`): for keys. `scrub` does it for the log.
  public var overwritesDeleted = false

  /// Where failures to commit, reruns and failed checkpoints are told; never SQL, a value or a path.
  public var logger = Logger(label: "database")

  /// For tests: each write closure runs twice, the first run rolled back, and a second run whose SQL, arguments or result differ
  /// from the first fails with `closureNotRepeatable`.
  public var runsEveryWriteTwice = false
  /// For tests of a full disk: `PRAGMA max_page_count`.
  public var maximumPageCount: Int?
  /// For tests of failing disks: the name of a registered SQLite VFS.
  package var virtualFileSystem: String?

  /// SQLite: called once, on the writer's thread, when two COMMITs in a row failed or the file could not be opened again after one: the
  /// process can no longer promise anything about this file and should end, so that its supervisor starts it anew. When the
  /// handler returns, the database answers everything with `closed`.
  public var stopProcess: @Sendable (DatabaseError) -> Void = { error in
    fatalError("the database cannot commit: \(error)")
  }

  public init(_ location: DatabaseLocation) { self.location = location }

  /// A SQLite file.
  public init(path: String) { self.init(.sqlite(path: path)) }

  /// Whether the log stays beside the file when this database closes: the archive goes on with it at the next start, and who only looks leaves
  /// everything as it is.
  var leavesLog: Bool { archive != nil || isLooking }
  var isLooking = false

  /// The file, on SQLite's side of the engines.
  var path: String {
    guard let path = location.filePath else { preconditionFailure("a server has no file") }
    return path
  }
}
