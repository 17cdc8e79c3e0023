import Foundation

/// Where SQLite's write-ahead log is shipped to, so that a database can be restored as it was at any moment (`LogArchiver`).
public struct ArchiveConfiguration: Sendable {
  /// A folder of this database's own, made when missing; on another disk than the database, or it is lost with it.
  public var folder: String
  /// What is committed is in the archive after this long at most: what the loss of the database's disk costs.
  public var interval: Duration = .seconds(5)
  /// How old the last base may grow before another is copied. A restore reads a base and every log after it.
  public var baseInterval: Duration = .seconds(24 * 3600)
  /// How far back a restore may go: what serves no moment within it is removed after the next base.
  public var keepsFor: Duration = .seconds(7 * 24 * 3600)
  /// How long the log may grow, in bytes, while the archive cannot be written. Past it the log is cut back all the same, and the archive has a
  /// gap, which ends with the next base.
  public var logLimitBytes = 1024 * 1024 * 1024

  /// Microseconds since 1970 UTC: what commits are dated with.
  package var now: @Sendable () -> Int64 = { Int64((Date().timeIntervalSince1970 * 1_000_000).rounded(.down)) }
  /// Called at each named step, on the thread that takes it: a test has the process killed there.
  package var reach: @Sendable (ArchiveStep) -> Void = { _ in }

  public init(folder: String) { self.folder = folder }
}

/// The steps between which a crash leaves something different behind.
public enum ArchiveStep: String, Sendable, CaseIterable {
  /// A piece is on disk under a name that does not count.
  case pieceWritten = "piece-written"
  /// It has its name.
  case pieceNamed = "piece-named"
  /// A base is on disk, without the label that makes it one.
  case baseCopied = "base-copied"
  case baseNamed = "base-named"
  /// All of the log is in the archive, and the writer may begin it anew.
  case cutGranted = "cut-granted"
  /// All of the log is in the file: the commit that comes begins it anew.
  case logCopied = "log-copied"
  /// The log has begun anew, and nothing in the archive says so yet.
  case logBegun = "log-begun"
  /// Some of what is older than it must be is gone.
  case oldRemoved = "old-removed"

  /// As the key `fault-point` names it.
  public var faultPoint: String { "database.archive.\(rawValue)" }
}
