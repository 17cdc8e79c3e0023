import CSQLite
import Foundation
import Synchronization

/// A disk with a cache that a power cut empties: of what was written after a file's last sync, any sectors may be there and any may not,
/// whatever the order of the writes.
///
/// `cut` stops the disk in the middle of whatever is under way. When the database has closed its files, `settle` leaves on the real disk what
/// would be found after the cut.
package final class PowerCutDisk: ShimDisk, @unchecked Sendable {
  private struct Change {
    var offset: Int64
    /// What stood there, as far as the file reached.
    var before: [UInt8]
    var sizeBefore: Int64
    /// What was written; nil for a truncation to `offset`.
    var after: [UInt8]?
  }

  private struct State {
    var isCut = false
    /// By path, in the order of the operations.
    var unsynced: [String: [Change]] = [:]
  }

  private let state = Mutex(State())
  private let honorsSync: Bool

  /// What a disk writes whole, in bytes.
  private static let sector = 512
  private static let gone: Int32 = SQLITE_IOERR

  /// - Parameter honorsSync: false for a disk that says it has written what it has not: with one, nothing can be promised.
  package init(honorsSync: Bool = true) { self.honorsSync = honorsSync }

  package func cut() { state.withLock { $0.isCut = true } }

  override func opens(_ kind: File) -> Int32? { state.withLock { $0.isCut } ? SQLITE_CANTOPEN : nil }

  override func deletes() -> Int32? { state.withLock { $0.isCut } ? Self.gone : nil }

  override func writes(_ bytes: UnsafeRawBufferPointer, at offset: Int64, to file: OpenFile) -> Int32 {
    change(file, Change(offset: offset, before: file.read(bytes.count, at: offset), sizeBefore: file.size, after: Array(bytes))) {
      file.write(bytes, at: offset)
    }
  }

  override func truncates(_ file: OpenFile, to size: Int64) -> Int32 {
    let sizeBefore = file.size
    return change(
      file, Change(offset: size, before: file.read(Int(max(0, sizeBefore - size)), at: size), sizeBefore: sizeBefore, after: nil)
    ) {
      file.truncate(to: size)
    }
  }

  private func change(_ file: OpenFile, _ change: Change, _ make: () -> Int32) -> Int32 {
    guard file.kind != .other else { return make() }
    return state.withLock { state in
      guard !state.isCut else { return Self.gone }
      let code = make()
      if code == SQLITE_OK { state.unsynced[file.path, default: []].append(change) }
      return code
    }
  }

  /// The real file is not synced: nobody pulls its plug.
  override func syncs(_ file: OpenFile, flags: Int32) -> Int32 {
    state.withLock { state in
      guard !state.isCut else { return Self.gone }
      if honorsSync { state.unsynced[file.path] = nil }
      return SQLITE_OK
    }
  }

  /// Takes back what was not synced, and then lets some sectors of it have been written after all. The disk has power again.
  package func settle(_ random: inout some RandomNumberGenerator) throws {
    let unsynced = state.withLock { state in
      defer { state = State() }
      return state.unsynced
    }
    for (path, changes) in unsynced.sorted(by: { $0.key < $1.key }) {
      let file = try FileHandle(forUpdating: URL(fileURLWithPath: path))
      for change in changes.reversed() { try Self.takeBack(change, in: file) }
      for change in changes where Bool.random(using: &random) { try Self.make(change, in: file, &random) }
      try file.close()
    }
    // Memory that processes shared.
    for path in unsynced.keys where path.hasSuffix("-wal") {
      try? FileManager.default.removeItem(atPath: path.dropLast("-wal".count) + "-shm")
    }
  }

  private static func takeBack(_ change: Change, in file: FileHandle) throws {
    try write(change.before[...], at: change.offset, to: file)
    try file.truncate(atOffset: UInt64(change.sizeBefore))
  }

  private static func make(_ change: Change, in file: FileHandle, _ random: inout some RandomNumberGenerator) throws {
    guard let after = change.after else { return try file.truncate(atOffset: UInt64(change.offset)) }
    var start = 0
    while start < after.count {
      // Sectors are those of the disk, not of the write.
      let end = min(after.count, start + sector - (Int(change.offset) + start) % sector)
      if Int.random(in: 0..<4, using: &random) > 0 { try write(after[start..<end], at: change.offset + Int64(start), to: file) }
      start = end
    }
  }

  private static func write(_ bytes: ArraySlice<UInt8>, at offset: Int64, to file: FileHandle) throws {
    guard !bytes.isEmpty else { return }
    try file.seek(toOffset: UInt64(offset))
    try file.write(contentsOf: bytes)
  }
}
