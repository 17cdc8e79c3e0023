import CSQLite
import Foundation
import Synchronization

/// SQLite's own file layer with one shim in front, registered under a name of its own. A subclass says what becomes of each operation; what it
/// does not override goes through.
///
/// `@unchecked Sendable`: SQLite calls it on the threads of its connections; subclasses lock what they keep.
package class ShimDisk: @unchecked Sendable {
  package enum File: Sendable { case database, log, other }

  /// For `DatabaseConfiguration.virtualFileSystem`.
  package let name: String
  private static let count = Atomic(0)

  package init() {
    name = "shim-disk-\(ShimDisk.count.add(1, ordering: .relaxed).newValue)"
    let real = sqlite3_vfs_find(nil)!
    let shim = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    shim.initialize(to: real.pointee)
    shim.pointee.zName = UnsafePointer(strdup(name))
    shim.pointee.pNext = nil
    shim.pointee.szOsFile = real.pointee.szOsFile + Int32(ShimFile.headerSize)
    // SQLite keeps a VFS until the process ends, and so does this.
    shim.pointee.pAppData = Unmanaged.passRetained(self).toOpaque()
    shim.pointee.xOpen = { shim, path, file, flags, outFlags in
      let pointer = shim!.pointee.pAppData!
      let disk = Unmanaged<ShimDisk>.fromOpaque(pointer).takeUnretainedValue()
      let kind: File = flags & SQLITE_OPEN_WAL != 0 ? .log : flags & SQLITE_OPEN_MAIN_DB != 0 ? .database : .other
      let header = ShimFile.header(file!)
      header.initialize(to: ShimFile(methods: nil, disk: pointer, kind: kind, path: path))
      if let code = disk.opens(kind) { return code }
      let real = sqlite3_vfs_find(nil)!
      let code = real.pointee.xOpen(real, path, ShimFile.real(file!), flags, outFlags)
      if code == SQLITE_OK { file!.pointee.pMethods = UnsafePointer(ShimFile.methods) }
      return code
    }
    shim.pointee.xDelete = { shim, path, syncsFolder in
      let disk = Unmanaged<ShimDisk>.fromOpaque(shim!.pointee.pAppData!).takeUnretainedValue()
      if let code = disk.deletes() { return code }
      let real = sqlite3_vfs_find(nil)!
      return real.pointee.xDelete(real, path, syncsFolder)
    }
    precondition(sqlite3_vfs_register(shim, 0) == SQLITE_OK)
  }

  /// Why the file does not open; nil lets it.
  func opens(_ kind: File) -> Int32? { nil }
  func deletes() -> Int32? { nil }
  func writes(_ bytes: UnsafeRawBufferPointer, at offset: Int64, to file: OpenFile) -> Int32 { file.write(bytes, at: offset) }
  func truncates(_ file: OpenFile, to size: Int64) -> Int32 { file.truncate(to: size) }
  func syncs(_ file: OpenFile, flags: Int32) -> Int32 { file.sync(flags: flags) }
}

/// A file that SQLite has open, for the time of one operation.
struct OpenFile {
  let kind: ShimDisk.File
  fileprivate let header: UnsafeMutablePointer<ShimFile>
  fileprivate let real: UnsafeMutablePointer<sqlite3_file>

  fileprivate init(_ file: UnsafeMutablePointer<sqlite3_file>) {
    header = ShimFile.header(file)
    kind = header.pointee.kind
    real = ShimFile.real(file)
  }

  fileprivate var disk: ShimDisk { Unmanaged<ShimDisk>.fromOpaque(header.pointee.disk).takeUnretainedValue() }

  /// SQLite keeps the text as long as the file is open.
  var path: String { header.pointee.path.map { String(cString: $0) } ?? "" }

  private var methods: sqlite3_io_methods { real.pointee.pMethods.pointee }

  var size: Int64 {
    var size: sqlite3_int64 = 0
    _ = methods.xFileSize(real, &size)
    return size
  }

  /// Fewer bytes than asked for at the end of the file.
  func read(_ count: Int, at offset: Int64) -> [UInt8] {
    let count = max(0, min(count, Int(size - offset)))
    var bytes = [UInt8](repeating: 0, count: count)
    if count > 0 { _ = bytes.withUnsafeMutableBytes { methods.xRead(real, $0.baseAddress, Int32(count), offset) } }
    return bytes
  }

  func write(_ bytes: UnsafeRawBufferPointer, at offset: Int64) -> Int32 {
    methods.xWrite(real, bytes.baseAddress, Int32(bytes.count), offset)
  }

  func truncate(to size: Int64) -> Int32 { methods.xTruncate(real, size) }
  func sync(flags: Int32) -> Int32 { methods.xSync(real, flags) }
}

/// What stands in front of the real file in the memory that SQLite gives for an open file.
private struct ShimFile {
  var methods: UnsafePointer<sqlite3_io_methods>?
  var disk: UnsafeMutableRawPointer
  var kind: ShimDisk.File
  var path: UnsafePointer<CChar>?

  static let headerSize = 64

  static func header(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<ShimFile> {
    UnsafeMutableRawPointer(file).assumingMemoryBound(to: ShimFile.self)
  }

  static func real(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<sqlite3_file> {
    (UnsafeMutableRawPointer(file) + headerSize).assumingMemoryBound(to: sqlite3_file.self)
  }

  static func realMethods(_ file: UnsafeMutablePointer<sqlite3_file>) -> sqlite3_io_methods { real(file).pointee.pMethods.pointee }

  nonisolated(unsafe) static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    methods.initialize(
      to: sqlite3_io_methods(
        iVersion: 2,
        xClose: { ShimFile.realMethods($0!).xClose(ShimFile.real($0!)) },
        xRead: { ShimFile.realMethods($0!).xRead(ShimFile.real($0!), $1, $2, $3) },
        xWrite: { file, bytes, count, offset in
          let file = OpenFile(file!)
          return file.disk.writes(UnsafeRawBufferPointer(start: bytes, count: Int(count)), at: offset, to: file)
        },
        xTruncate: { file, size in
          let file = OpenFile(file!)
          return file.disk.truncates(file, to: size)
        },
        xSync: { file, flags in
          let file = OpenFile(file!)
          return file.disk.syncs(file, flags: flags)
        },
        xFileSize: { ShimFile.realMethods($0!).xFileSize(ShimFile.real($0!), $1) },
        xLock: { ShimFile.realMethods($0!).xLock(ShimFile.real($0!), $1) },
        xUnlock: { ShimFile.realMethods($0!).xUnlock(ShimFile.real($0!), $1) },
        xCheckReservedLock: { ShimFile.realMethods($0!).xCheckReservedLock(ShimFile.real($0!), $1) },
        xFileControl: { ShimFile.realMethods($0!).xFileControl(ShimFile.real($0!), $1, $2) },
        xSectorSize: { ShimFile.realMethods($0!).xSectorSize(ShimFile.real($0!)) },
        xDeviceCharacteristics: { ShimFile.realMethods($0!).xDeviceCharacteristics(ShimFile.real($0!)) },
        xShmMap: { ShimFile.realMethods($0!).xShmMap(ShimFile.real($0!), $1, $2, $3, $4) },
        xShmLock: { ShimFile.realMethods($0!).xShmLock(ShimFile.real($0!), $1, $2, $3) },
        xShmBarrier: { ShimFile.realMethods($0!).xShmBarrier(ShimFile.real($0!)) },
        xShmUnmap: { ShimFile.realMethods($0!).xShmUnmap(ShimFile.real($0!), $1) },
        xFetch: nil, xUnfetch: nil))
    return methods
  }()
}
