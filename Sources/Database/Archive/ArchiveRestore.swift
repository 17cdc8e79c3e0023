import CSQLite
import Foundation

extension Database {
  /// What a restore from an archive came to.
  public struct RestoredMoment: Sendable, Equatable {
    /// When the last commit that is in it was made, in microseconds since 1970 UTC; nil where no commit was shipped after the base.
    public let lastCommitTime: Int64?
    /// The chain of the archive.
    public let chain: Int
  }

  /// Puts the database that the archive in `folder` knows in place at `path`: with every commit up to the last that is dated `time` or earlier,
  /// in microseconds since 1970 UTC, and with none after it; without a time, all that is there. The rest is as for a backup's restore.
  public static func restore(fromArchive folder: String, at time: Int64?, to path: String, replacing: Bool = false) async throws
    -> RestoredMoment
  {
    try await Backup.onThread {
      let restore = ArchiveRestore(folder: ArchiveFolder(path: folder))
      let plan = try restore.plan(at: time)
      try Backup.restore(to: path, replacing: replacing) { try restore.build(plan, at: $0) }
      return RestoredMoment(lastCommitTime: plan.lastCommitTime, chain: plan.chain)
    }
  }
}

/// Finds in an archive what a moment needs, and puts it together. Everything that is used is compared with the digest that was written with it.
struct ArchiveRestore {
  let folder: ArchiveFolder

  /// A base, and the frames that go on top of it.
  struct Plan {
    let chain: Int
    let base: Int
    let firstLog: Int
    /// The last log that is used, and how many frames of it.
    let log: Int
    let frames: Int
    let lastCommitTime: Int64?
  }

  /// A place in a chain: frames of a log.
  private struct Place: Comparable {
    var log: Int
    var frames: Int

    static func < (one: Place, other: Place) -> Bool { (one.log, one.frames) < (other.log, other.frames) }
  }

  private struct Base {
    let number: Int
    let label: BaseLabel
    var place: Place { Place(log: label.log, frames: label.frames) }
  }

  private typealias Label = ArchivePiece.Label

  // MARK: What the moment needs

  func plan(at time: Int64?) throws -> Plan {
    let chains = folder.chains()
    guard !chains.isEmpty else { throw DatabaseError.archive(.empty) }
    var later: [Base]?
    var earliest: Int64?
    for chain in chains.reversed() {
      let bases = try self.bases(chain)
      defer { later = bases }
      // In a chain without a base there is nothing to restore.
      guard let first = bases.first else { continue }
      earliest = first.label.time
      if let time, time < first.label.time { continue }
      return try plan(at: time, chain, bases, before: chain == chains.last ? nil : later)
    }
    guard let earliest else { throw DatabaseError.archive(.empty) }
    throw DatabaseError.archive(.beforeFirstBase(time: earliest))
  }

  /// - Parameter later: The bases of the next chain, if there is one.
  private func plan(at time: Int64?, _ chain: Int, _ bases: [Base], before later: [Base]?) throws -> Plan {
    let labels = try labels(chain, from: bases[0])
    if let later {
      let last = labels.compactMap(\.latestTime).max() ?? bases[0].label.time
      guard let time, time <= last else { throw DatabaseError.archive(.gap(from: last, to: later.first?.label.time)) }
    }
    let (end, lastCommitTime) = try self.end(at: time, chain, labels, bases[0])
    guard let base = bases.last(where: { $0.place <= end }) else {
      throw DatabaseError.archive(.beforeFirstBase(time: bases[0].label.time))
    }
    return Plan(
      chain: chain, base: base.number, firstLog: base.label.firstLog, log: end.log, frames: end.frames, lastCommitTime: lastCommitTime)
  }

  private func bases(_ chain: Int) throws -> [Base] {
    try folder.bases(chain).map { number in
      let name = ArchiveFolder.baseLabelName(number)
      guard let label = folder.label(BaseLabel.self, folder.path(chain, name)) else { throw damaged(chain, name) }
      return Base(number: number, label: label)
    }
  }

  /// The labels of all pieces from the base on, without a gap, or an error that names it.
  private func labels(_ chain: Int, from base: Base) throws -> [Label] {
    let names = folder.pieces(chain).filter { $0.log >= base.label.firstLog }
    var labels: [Label] = []
    var place = Place(log: base.label.firstLog, frames: 0)
    for name in names {
      let expected = ArchiveFolder.PieceName(log: place.log, first: place.frames)
      let isNextLog = !labels.isEmpty && name == ArchiveFolder.PieceName(log: place.log + 1, first: 0)
      guard name == expected || isNextLog else { throw missing(chain, expected.text) }
      let label = try piece(chain, name).label
      // Each piece names the one before it, the first of a log the last of the log before: so that one was there to its end.
      guard labels.last.map({ $0.digest == label.previous }) ?? true else {
        throw isNextLog ? missing(chain, expected.text) : damaged(chain, name.text)
      }
      if isNextLog { place.log += 1 }
      labels.append(label)
      place.frames = label.end
    }
    guard place >= base.place else { throw missing(chain, ArchiveFolder.PieceName(log: place.log, first: place.frames).text) }
    return labels
  }

  /// Where the last commit up to `time` ends.
  private func end(at time: Int64?, _ chain: Int, _ labels: [Label], _ base: Base) throws -> (Place, time: Int64?) {
    guard let last = labels.indices.last(where: { index in labels[index].earliestTime.map { $0 <= time ?? .max } ?? false }) else {
      return (Place(log: base.label.firstLog, frames: 0), nil)
    }
    let label = labels[last]
    let before = last > 0 ? labels[last - 1] : nil
    guard let header = label.logHeader else { throw damaged(chain, label.name) }
    let isSameLog = before?.log == label.log
    var scan = CommitScan(
      header, lastStamp: CommitStamp(time: before?.stamp ?? 0), open: isSameLog ? before?.openStamp.map { CommitStamp(time: $0) } : nil)
    let frames = try piece(chain, ArchiveFolder.PieceName(log: label.log, first: label.first)).frames
    guard let commits = scan.commits(in: frames, first: label.first)?.dated(shippedTime: label.shippedTime),
      let commit = commits.last(where: { $0.time <= time ?? .max })
    else { throw damaged(chain, label.name) }
    return (Place(log: label.log, frames: commit.end), commit.time)
  }

  private func piece(_ chain: Int, _ name: ArchiveFolder.PieceName) throws -> ArchivePiece {
    guard let bytes = FileManager.default.contents(atPath: folder.path(chain, name.text)) else { throw missing(chain, name.text) }
    guard let piece = ArchivePiece(Array(bytes)), piece.label.log == name.log, piece.label.first == name.first else {
      throw damaged(chain, name.text)
    }
    return piece
  }

  private func missing(_ chain: Int, _ name: String) -> DatabaseError {
    .archive(.missing(file: ArchiveFolder.chainName(chain) + "/" + name))
  }
  private func damaged(_ chain: Int, _ name: String) -> DatabaseError {
    .archive(.damaged(file: ArchiveFolder.chainName(chain) + "/" + name))
  }

  // MARK: Putting it together

  func build(_ plan: Plan, at path: String) throws {
    let base = folder.path(plan.chain, ArchiveFolder.baseName(plan.base))
    let baseName = ArchiveFolder.baseName(plan.base)
    guard let label = folder.label(BaseLabel.self, folder.path(plan.chain, ArchiveFolder.baseLabelName(plan.base))) else {
      throw damaged(plan.chain, ArchiveFolder.baseLabelName(plan.base))
    }
    guard access(base, R_OK) == 0 else { throw missing(plan.chain, baseName) }
    guard try BaseCopy.digest(of: base) == label.digest else { throw damaged(plan.chain, baseName) }
    do { try FileManager.default.copyItem(atPath: base, toPath: path) } catch { throw DatabaseError.backup(.notWritable) }
    chmod(path, 0o600)
    for log in plan.firstLog...plan.log {
      let limit = log == plan.log ? plan.frames : Int.max
      let frames = try write(plan.chain, log, upTo: limit, to: path + "-wal")
      if frames > 0 { try apply(frames, to: path, plan.chain, log) } else { unlink(path + "-wal") }
    }
  }

  /// Writes the log's header and its frames up to `limit` as SQLite had them.
  /// - Returns: How many frames.
  private func write(_ chain: Int, _ log: Int, upTo limit: Int, to path: String) throws -> Int {
    _ = FileManager.default.createFile(atPath: path, contents: nil, attributes: [.posixPermissions: 0o600])
    guard let file = FileHandle(forWritingAtPath: path) else { throw DatabaseError.backup(.notWritable) }
    var written = 0
    for name in folder.pieces(chain) where name.log == log && name.first < limit {
      let piece = try piece(chain, name)
      guard let header = piece.label.logHeader else { throw damaged(chain, name.text) }
      let taken = min(piece.label.end, limit) - name.first
      do {
        if written == 0 { try file.write(contentsOf: Data(header.bytes)) }
        try file.write(contentsOf: Data(piece.frames[..<(taken * header.frameSize)]))
      } catch { throw DatabaseError.backup(.notWritable) }
      written += taken
    }
    try? file.close()
    return written
  }

  /// Has SQLite recover the log beside the file and copy it in. It takes frames up to the first that is not right, without a word, so what it
  /// took is counted.
  private func apply(_ frames: Int, to path: String, _ chain: Int, _ log: Int) throws {
    unlink(path + "-shm")
    var opened: OpaquePointer?
    defer { sqlite3_close_v2(opened) }
    var taken: Int32 = 0
    // The schema is not looked at: between two logs a copy that was made while others wrote may be no whole database yet.
    guard sqlite3_open_v2(path, &opened, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nil) == SQLITE_OK,
      sqlite3_exec(opened, "PRAGMA user_version", nil, nil, nil) == SQLITE_OK,
      sqlite3_wal_checkpoint_v2(opened, nil, SQLITE_CHECKPOINT_FULL, &taken, nil) == SQLITE_OK, Int(taken) == frames,
      sqlite3_wal_checkpoint_v2(opened, nil, SQLITE_CHECKPOINT_TRUNCATE, nil, nil) == SQLITE_OK
    else { throw damaged(chain, ArchiveFolder.PieceName(log: log, first: 0).text) }
  }
}

extension ArchivePiece.Label {
  fileprivate var name: String { ArchiveFolder.PieceName(log: log, first: first).text }
}
