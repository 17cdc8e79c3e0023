import Foundation

/// A run of logs in an archive, each frame of which follows the one before, and how far it has come.
///
/// It goes on after a restart only where that is proven: the log beside the database is the one that was last shipped and still holds what was
/// shipped last, or it is the one after it, and the database says that this one had no more (`LogOrigin`).
struct ArchiveChain {
  /// Why a chain ends and another must begin.
  enum Break: Error {
    /// The log beside the database is not the one that was shipped, nor the one after it: somebody else had it begun anew.
    case otherLog
    /// What was shipped has been overwritten.
    case overwritten
    /// The log has become shorter while it was read.
    case shorterLog
  }

  let folder: ArchiveFolder
  let number: Int
  /// The log that is shipped, counted from 1.
  private(set) var log = 1
  /// Frames of it that the archive has.
  private(set) var frames = 0
  /// Of that log; nil until it has a commit.
  private var header: LogHeader?
  /// Of the log before it.
  private var earlierHeader: LogHeader?
  private var lastChecksum: LogChecksum?
  private var lastDigest = ""
  private var scan: CommitScan?
  private var stamp = CommitStamp(time: 0)
  private(set) var lastBase: (number: Int, time: Int64)?

  /// Frames that one piece holds, in bytes: what shipping holds in memory.
  private static let pieceLimitBytes = 8 * 1024 * 1024

  // MARK: Beginning

  static func begin(_ folder: ArchiveFolder) throws -> ArchiveChain {
    let chain = ArchiveChain(folder: folder, number: (folder.chains().last ?? 0) + 1)
    try DatabaseFile.makeFolder(of: folder.path(chain.number, "piece"))
    try DatabaseFile.sync(folder.path)
    return chain
  }

  private init(folder: ArchiveFolder, number: Int) {
    self.folder = folder
    self.number = number
  }

  /// The archive's last chain, where the log at `path`, which comes from `origin`, goes on from it.
  static func continuing(_ folder: ArchiveFolder, _ path: String, _ origin: LogOrigin) -> ArchiveChain? {
    guard let number = folder.chains().last, let name = folder.pieces(number).last, let file = LogFile(of: path),
      let bytes = FileManager.default.contents(atPath: folder.path(number, name.text)), let piece = ArchivePiece(Array(bytes)),
      let shipped = piece.label.logHeader
    else { return nil }
    var chain = ArchiveChain(folder: folder, number: number)
    let label = piece.label
    chain.lastDigest = label.digest
    chain.stamp = CommitStamp(time: label.stamp)
    if file.header == shipped {
      guard file.committedFrames() >= label.end, file.checksum(of: label.end - 1) == label.checksum else { return nil }
      (chain.log, chain.frames, chain.header, chain.lastChecksum) = (label.log, label.end, shipped, label.checksum)
      chain.scan = CommitScan(shipped, lastStamp: chain.stamp, open: label.openStamp.map { CommitStamp(time: $0) })
    } else {
      guard file.header.follows(shipped), origin == LogOrigin(chain: number, log: label.log, frames: label.end) else { return nil }
      (chain.log, chain.earlierHeader) = (label.log + 1, shipped)
    }
    if let base = folder.bases(number).last,
      let label = folder.label(BaseLabel.self, folder.path(number, ArchiveFolder.baseLabelName(base)))
    {
      chain.lastBase = (base, label.time)
    }
    for name in folder.names(folder.chainPath(number)) where name.contains(".partial") { unlink(folder.path(number, name)) }
    return chain
  }

  // MARK: Shipping

  /// Ships what is committed in the log at `path`; it is on disk when this returns. Throws `Break`, or what the disk says.
  /// - Returns: The bytes that were written.
  mutating func ship(_ path: String, _ archive: ArchiveConfiguration) throws -> Int {
    guard let file = LogFile(of: path) else {
      guard header == nil, earlierHeader == nil else { throw Break.otherLog }
      return 0
    }
    try join(file)
    let committed = file.committedFrames(after: frames, lastChecksum)
    if frames < committed { try file.sync() }
    var written = 0
    while frames < committed {
      let end = min(committed, frames + max(1, Self.pieceLimitBytes / file.header.frameSize))
      guard let bytes = file.frames(frames..<end) else { throw Break.shorterLog }
      written += try write(bytes, end, file.header, archive)
    }
    return written
  }

  /// Takes the file for the log that the chain is at, or throws.
  private mutating func join(_ file: borrowing LogFile) throws {
    if let header {
      guard file.header == header else { throw Break.otherLog }
      guard frames == 0 || file.checksum(of: frames - 1) == lastChecksum else { throw Break.overwritten }
    } else {
      guard earlierHeader.map({ file.header.follows($0) }) ?? true else { throw Break.otherLog }
      header = file.header
      scan = CommitScan(file.header, lastStamp: stamp)
    }
  }

  private mutating func write(_ bytes: [UInt8], _ end: Int, _ header: LogHeader, _ archive: ArchiveConfiguration) throws -> Int {
    guard var scan, let commits = scan.commits(in: bytes, first: frames) else { throw Break.overwritten }
    let shippedTime = archive.now()
    let times = commits.dated(shippedTime: shippedTime).map(\.time)
    let last = bytes.withUnsafeBytes { LogFrame(UnsafeRawBufferPointer(rebasing: $0.suffix(header.frameSize))).checksum }
    let piece = try ArchivePiece(
      ArchivePiece.Label(
        log: log, first: frames, end: end, header: header.bytes.hexadecimal, lastChecksum: [last.first, last.second],
        earliestTime: times.min(), latestTime: times.max(), shippedTime: shippedTime, stamp: scan.lastStamp.time,
        openStamp: scan.openStamp?.time, previous: lastDigest), bytes)
    let parts = try piece.bytes()
    let name = ArchiveFolder.PieceName(log: log, first: frames)
    try DatabaseFile.write(parts, to: folder.path(number, name.text)) { archive.reach(.pieceWritten) }
    (frames, lastChecksum, lastDigest, self.scan, stamp) = (end, last, piece.label.digest, scan, scan.lastStamp)
    archive.reach(.pieceNamed)
    return parts.reduce(0) { $0 + $1.count }
  }

  /// Of the log, with its header.
  var shippedBytes: Int { header.map { LogHeader.size + frames * $0.frameSize } ?? 0 }

  /// Committed frames of the log at `path`.
  func committedFrames(_ path: String) -> Int {
    guard let file = LogFile(of: path) else { return 0 }
    return file.header == header ? file.committedFrames(after: frames, lastChecksum) : file.committedFrames()
  }

  // MARK: The next log

  /// What the commit that begins the next log says of this one, all of which is shipped.
  var origin: LogOrigin { LogOrigin(chain: number, log: log, frames: frames) }

  /// The log has begun anew.
  mutating func beginNextLog() {
    (earlierHeader, header, lastChecksum, scan) = (header, nil, nil, nil)
    (log, frames) = (log + 1, 0)
  }

  // MARK: Bases

  var nextBase: Int { (lastBase?.number ?? 0) + 1 }

  /// Makes a copy that was begun when the chain was at `firstLog` a base: from what is shipped by now on.
  mutating func addBase(_ base: Int, firstLog: Int, digest: String, at time: Int64) throws {
    let label = BaseLabel(time: time, firstLog: firstLog, log: log, frames: frames, digest: digest)
    try folder.write(label, to: folder.path(number, ArchiveFolder.baseLabelName(base)))
    lastBase = (base, time)
  }
}

extension ArchivePiece.Label {
  var checksum: LogChecksum? { lastChecksum.count == 2 ? LogChecksum(lastChecksum[0], lastChecksum[1]) : nil }
}

extension LogFile {
  /// What a frame's header says.
  func checksum(of frame: Int) -> LogChecksum? {
    frames(frame..<frame + 1)?.withUnsafeBytes { LogFrame($0).checksum }
  }
}
