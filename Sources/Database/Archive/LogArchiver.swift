import CSQLite
import Foundation
import Logging
import Metrics
import Synchronization

/// The thread that ships the write-ahead log to a folder, every few seconds and before the log begins anew.
///
/// A log is self-contained: a header with salts and frames with checksums. So its bytes are copied as they are, and a restore puts them beside a
/// copy of the database, where SQLite recovers them as after a crash. What makes this right (the README has the whole argument):
///
/// - What is shipped is what SQLite's own recovery would find: frames in order whose salts and checksums hold, up to the last commit, after a sync
///   of the log. Whose commits they are, the writer's or another connection's, is all one.
/// - A read mark (`ReadMarks`) is held all the time, so the log never begins anew by itself. Checkpoints go on beside it. Once the log has passed
///   `walLimitBytes` the writer asks between two batches (`CutRequest`), and what was not shipped is shipped first.
/// - The commit that begins the log anew says so inside the database (`LogOrigin`), so the next start knows after any crash where it stands.
/// - Each commit is dated inside itself (`CommitStamp`), so a moment can be found to the commit, after any crash.
/// - The log stays beside the database when that is closed, and the next start goes on with it. Where it cannot prove that nothing is missing
///   between, it begins another chain with a base of its own, and says so: a gap has a name.
///
/// **When the archive cannot be written** the service goes on, the log grows, metrics and the log say by how much. Past `logLimitBytes` the log
/// begins anew unshipped: the chain ends there, and the next begins with a new base as soon as the archive can be written again.
///
/// `@unchecked Sendable`: `commands` and `isCutAsked` are shared and lock themselves; the rest is touched on its thread only.
final class LogArchiver: @unchecked Sendable {
  private enum Command {
    case ship(UnsafeContinuation<Bool, Never>)
    case cut(CutRequest)
    case baseEnded(BaseCopy, Result<String, any Error>)
  }

  private enum State {
    /// Nothing is shipped; each tick tries again. The reason was told once.
    case detached
    case attached(ArchiveChain)
  }

  private let configuration: DatabaseConfiguration
  private let archive: ArchiveConfiguration
  private let folder: ArchiveFolder
  private let identity: ArchiveIdentity
  private let logger: Logger
  private let commands = BlockingQueue<Command>(limit: 64)
  private let isCutAsked = Atomic(false)

  private var state = State.detached
  private var base: BaseCopy?
  private var isBehind = false
  /// At the start only: a folder that vanishes later is a disk that was taken away, and is not made anew on the one below it.
  private var mayMakeFolder = false

  private let behind = Meter(label: "database_archive_behind_bytes")
  private let pieces = Counter(label: "database_archive_shipments_total")
  private let bytes = Counter(label: "database_archive_bytes_total")
  private let bases = Counter(label: "database_archive_bases_total")
  private let failures = Counter(label: "database_archive_failures_total")
  private let chains = Counter(label: "database_archive_chains_total")

  /// How long the writer waits for the archive before it goes on with the log as it is.
  private static let writerPatience: Duration = .seconds(2)

  init(_ configuration: DatabaseConfiguration, _ archive: ArchiveConfiguration, identity: ArchiveIdentity) {
    self.configuration = configuration
    self.archive = archive
    self.identity = identity
    self.folder = ArchiveFolder(path: archive.folder)
    self.logger = configuration.logger
  }

  // MARK: From the writer's thread

  /// Dates the commit that comes.
  func stamp(after previous: CommitStamp) -> CommitStamp {
    let now = archive.now()
    // Two commits of one instant are told apart, or the second would look as if it were not dated.
    return CommitStamp(time: now == previous.time ? now + 1 : now)
  }

  /// Between two batches, while no checkpoint is under way: has the log begun anew, if the archive has all of it.
  ///
  /// Once the archiver holds no mark, a checkpoint copies the rest into the file and syncs it, and the commit that follows takes the log's first
  /// place. Where a snapshot still needs the log that commit is one more in it, and the next growth tries again. Either way the log then has a
  /// commit that the file lacks, which the archiver's new mark holds.
  ///
  /// - Parameter begin: Commits where the log comes from.
  /// - Returns: Whether the log has begun anew.
  func cutBack(_ connection: Connection, _ begin: (LogOrigin) throws(DatabaseError) -> Void) throws(DatabaseError) -> Bool {
    let request = CutRequest()
    guard commands.offer(.cut(request)) == .accepted, let origin = request.waitForGrant(within: Self.writerPatience) else { return false }
    var isNew = false
    defer { request.finish(isNew: isNew) }
    var frames: Int32 = -1
    _ = connection.withoutWaiting { sqlite3_wal_checkpoint_v2(connection.handle, nil, SQLITE_CHECKPOINT_RESTART, &frames, nil) }
    archive.reach(.logCopied)
    let before = LogFile(of: configuration.path)?.header
    // Another process may have committed after all was shipped: then nothing is known of the log before.
    try begin(Int(frames) == origin.frames ? origin : .unknown)
    isNew = LogFile(of: configuration.path)?.header != before
    archive.reach(.logBegun)
    return isNew
  }

  /// Whether somebody wants the log cut back however short it is; once.
  func takeCutDemand() -> Bool { isCutAsked.exchange(false, ordering: .relaxed) }

  // MARK: From any thread

  func demandCut() { isCutAsked.store(true, ordering: .relaxed) }

  /// Returns when what was committed before the call is in the archive.
  func ship() async throws {
    let isShipped = await withUnsafeContinuation { continuation in
      if commands.offer(.ship(continuation)) != .accepted { continuation.resume(returning: false) }
    }
    guard isShipped else { throw DatabaseError.backup(.notWritable) }
  }

  func close() { commands.close() }

  // MARK: The thread

  func holdMarks() throws -> ReadMarks {
    let marks = try ReadMarks(configuration)
    try hold(marks)
    return marks
  }

  private func hold(_ marks: ReadMarks) throws {
    let path = configuration.path
    switch state {
    case .attached(let chain): try marks.hold(shipped: chain.frames) { chain.committedFrames(path) }
    case .detached: try marks.hold(shipped: 0) { LogFile(of: path)?.committedFrames() ?? 0 }
    }
  }

  /// The body of the archiver's thread. Ends after `close`, when it has shipped what there is.
  func run(_ marks: ReadMarks) {
    mayMakeFolder = true
    _ = tick(marks)
    mayMakeFolder = false
    loop: while true {
      switch commands.takeOne(within: archive.interval) {
      case .closed: break loop
      case .nothing: _ = tick(marks)
      case .element(.ship(let waiter)): waiter.resume(returning: tick(marks))
      case .element(.cut(let request)): cut(request, marks)
      case .element(.baseEnded(let copy, let result)): finish(copy, result, marks)
      }
    }
    base?.end()
    _ = shipAll(marks)
    marks.release()
  }

  /// Whether all is shipped; then a base is begun if one is due.
  private func tick(_ marks: ReadMarks) -> Bool {
    guard shipAll(marks) else { return false }
    startBase()
    return true
  }

  /// Whether all that was committed before the call is in the archive.
  private func shipAll(_ marks: ReadMarks) -> Bool {
    do {
      try attach(marks)
      try shipCommitted()
      // What is in the archive may be copied into the file; where this fails, the older mark goes on holding more.
      try hold(marks)
      recover()
      return true
    } catch {
      // The folder is another one: the chain has nowhere to go on.
      if case .attached(let chain) = state, access(folder.path, F_OK) == 0, access(folder.chainPath(chain.number), F_OK) != 0 {
        state = .detached
      }
      fail(error)
      return false
    }
  }

  private func attach(_ marks: ReadMarks) throws {
    guard case .detached = state else { return }
    let identityPath = folder.path + "/" + ArchiveFolder.identityName
    if mayMakeFolder { try DatabaseFile.makeFolder(of: identityPath) }
    guard access(folder.path, W_OK) == 0 else { throw FileFailure(errno) }
    if let owner = folder.label(ArchiveIdentity.self, identityPath) {
      guard owner == identity else { throw DatabaseError.archive(.ofAnotherDatabase) }
    } else {
      guard folder.chains().isEmpty else { throw DatabaseError.archive(.damaged(file: ArchiveFolder.identityName)) }
      try folder.write(identity, to: identityPath)
    }
    if let chain = ArchiveChain.continuing(folder, configuration.path, try marks.logOrigin()) {
      state = .attached(chain)
    } else {
      state = .attached(try beginChain("the log does not go on from where the archive ends"))
    }
  }

  private func beginChain(_ reason: String) throws -> ArchiveChain {
    guard access(folder.path, W_OK) == 0 else { throw FileFailure(errno) }
    let chain = try ArchiveChain.begin(folder)
    chains.increment()
    if chain.number == 1 {
      logger.notice("the archive is new")
    } else {
      logger.warning(
        "the archive begins a chain: nothing between the one before and this one's first base can be restored",
        metadata: ["chain": "\(chain.number)", "reason": "\(reason)"])
    }
    return chain
  }

  private func shipCommitted() throws {
    guard case .attached(var chain) = state else { return }
    do { try ship(&chain) } catch let reason as ArchiveChain.Break {
      chain = try beginChain("\(reason)")
      try ship(&chain)
    }
  }

  private func ship(_ chain: inout ArchiveChain) throws {
    let before = chain.frames
    defer {
      if chain.frames != before { pieces.increment() }
      state = .attached(chain)
    }
    bytes.increment(by: try chain.ship(configuration.path, archive))
  }

  // MARK: The next log

  private func cut(_ request: CutRequest, _ marks: ReadMarks) {
    var origin = LogOrigin.unknown
    if shipAll(marks), case .attached(let chain) = state {
      origin = chain.origin
    } else {
      guard LogFile.size(of: configuration.path) >= archive.logLimitBytes else { return request.refuse() }
      logger.error("the archive could not be written for too long: the log begins anew, and the archive has a gap")
      state = .detached
    }
    archive.reach(.cutGranted)
    let isNew = request.grant(origin, lettingGo: marks.release)
    if isNew, case .attached(var chain) = state {
      chain.beginNextLog()
      state = .attached(chain)
    }
    // Before anything else: the writer waits for it.
    do { try hold(marks) } catch { fail(error) }
    request.hold()
  }

  // MARK: Bases

  private func startBase() {
    guard base == nil, case .attached(let chain) = state else { return }
    if let last = chain.lastBase, archive.now() - last.time < archive.baseInterval.microseconds { return }
    let copy = BaseCopy(chain: chain.number, base: chain.nextBase, firstLog: chain.log)
    base = copy
    copy.start(configuration, to: folder.path(chain.number, ArchiveFolder.baseName(copy.base))) { [commands] result in
      _ = commands.offer(.baseEnded(copy, result))
    }
  }

  private func finish(_ copy: BaseCopy, _ result: Result<String, any Error>, _ marks: ReadMarks) {
    base = nil
    do {
      let digest = try result.get()
      archive.reach(.baseCopied)
      // Whatever the copy has was in the log by then, and is in the archive after this.
      guard shipAll(marks), case .attached(var chain) = state, chain.number == copy.chain else { return }
      try chain.addBase(copy.base, firstLog: copy.firstLog, digest: digest, at: archive.now())
      state = .attached(chain)
      bases.increment()
      archive.reach(.baseNamed)
      try ArchiveRetention(folder: folder, archive: archive).removeOld()
    } catch {
      fail(error)
    }
  }

  // MARK: What is told

  /// At most: what a shorter log left behind in the file counts as well.
  private var behindBytes: Int {
    let shipped = if case .attached(let chain) = state { chain.shippedBytes } else { 0 }
    return max(0, LogFile.size(of: configuration.path) - shipped)
  }

  private func fail(_ error: any Error) {
    failures.increment()
    behind.set(behindBytes)
    if !isBehind { logger.error("the archive cannot be written", metadata: ["error": "\(error)", "behind_bytes": "\(behindBytes)"]) }
    isBehind = true
  }

  private func recover() {
    behind.set(0)
    if isBehind { logger.notice("the archive is written again") }
    isBehind = false
  }
}

extension Duration {
  var microseconds: Int64 { components.seconds * 1_000_000 + components.attoseconds / 1_000_000_000_000 }
}
