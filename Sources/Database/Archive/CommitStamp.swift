/// When a commit was made, in microseconds since 1970 UTC, kept in the two words of page 1 that SQLite leaves to applications. It is part of
/// the commit, so no crash parts them, and the log tells it without a look into any table. It costs a frame of page 1 in each commit.
struct CommitStamp: Equatable {
  let time: Int64

  init(time: Int64) { self.time = time }

  init(userVersion: UInt32, applicationID: UInt32) { time = Int64(bitPattern: UInt64(applicationID) << 32 | UInt64(userVersion)) }

  /// Run inside the transaction, before COMMIT. The high word changes every 71 minutes.
  func statements(after previous: CommitStamp) -> String {
    let low = Int32(truncatingIfNeeded: time)
    let high = Int32(truncatingIfNeeded: time >> 32)
    let isHighNew = high != Int32(truncatingIfNeeded: previous.time >> 32)
    return "PRAGMA user_version=\(low)" + (isHighNew ? "; PRAGMA application_id=\(high)" : "")
  }

  static func read(_ connection: Connection) throws -> CommitStamp {
    var words: [UInt32] = []
    try connection.execute(statement, []) { row in
      words = [UInt32(truncatingIfNeeded: row.int64(0)), UInt32(truncatingIfNeeded: row.int64(1))]
      return false
    }
    return CommitStamp(userVersion: words[0], applicationID: words[1])
  }

  private static let statement = SQL(
    "database.commit-stamp", "SELECT user_version, application_id FROM pragma_user_version, pragma_application_id")
}

/// One commit in a run of frames.
struct LoggedCommit: Equatable {
  /// Frames of the log up to its end.
  let end: Int
  /// Nil where the writer did not date it, as a migration does not: it then counts as made when the next dated one was, or when it was shipped.
  var time: Int64?
}

/// The commits in a run of frames, piece after piece.
struct CommitScan {
  private let frameSize: Int
  private let salts: [UInt32]
  private(set) var lastStamp: CommitStamp
  /// What page 1 says in frames whose commit has not come yet.
  private(set) var openStamp: CommitStamp?

  init(_ header: LogHeader, lastStamp: CommitStamp, open: CommitStamp? = nil) {
    frameSize = header.frameSize
    salts = header.salts
    self.lastStamp = lastStamp
    openStamp = open
  }

  /// - Returns: Nil when a frame belongs to another log.
  mutating func commits(in frames: [UInt8], first: Int) -> [LoggedCommit]? {
    var commits: [LoggedCommit] = []
    for offset in stride(from: 0, to: frames.count, by: frameSize) {
      let isOurs = frames.withUnsafeBytes { bytes in
        let frame = LogFrame(UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + frameSize]))
        guard frame.salts == salts else { return false }
        if let stamp = frame.stamp { openStamp = stamp }
        if frame.isCommit {
          // A stamp that was there before belongs to the commit that made it.
          let time = openStamp.flatMap { $0 == lastStamp ? nil : $0.time }
          commits.append(LoggedCommit(end: first + offset / frameSize + 1, time: time))
          lastStamp = openStamp ?? lastStamp
          openStamp = nil
        }
        return true
      }
      guard isOurs else { return nil }
    }
    return commits
  }
}

extension [LoggedCommit] {
  /// With a time for each: one that was not dated takes that of the next in the piece, or of the shipping.
  func dated(shippedTime: Int64) -> [(end: Int, time: Int64)] {
    var next = shippedTime
    return reversed().map { commit in
      next = commit.time ?? next
      return (commit.end, next)
    }.reversed()
  }
}
