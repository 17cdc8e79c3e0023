import CSQLite
import Foundation
import Synchronization

/// A disk that fails, or takes its time, when told to: SQLite's own file layer with one shim in front, registered under a name of its own.
///
///     let disk = FaultDisk()
///     configuration.virtualFileSystem = disk.name
///     disk.fail(.sync, of: .log, with: FaultDisk.syncFailed)
package final class FaultDisk: Sendable {
  package enum Operation: Sendable { case write, sync, open }
  package enum File: Sendable { case database, log }

  /// Result codes of sqlite3.h that are computed macros, which Swift does not import.
  package static let syncFailed: Int32 = SQLITE_IOERR | (4 << 8)
  package static let writeFailed: Int32 = SQLITE_IOERR | (3 << 8)

  private struct Fault {
    let operation: Operation
    let file: File
    let code: Int32
    var passesBefore: Int
    var times: Int
  }

  package let name: String
  private let faults = Mutex<[Fault]>([])
  /// What each sync takes at least, in microseconds.
  private let syncMicroseconds: UInt32
  private static let count = Atomic(0)

  /// - Parameter syncMicroseconds: that each sync takes longer than the real one.
  package init(syncMicroseconds: UInt32 = 0) {
    self.syncMicroseconds = syncMicroseconds
    name = "fault-disk-\(FaultDisk.count.add(1, ordering: .relaxed).newValue)"
    let real = sqlite3_vfs_find(nil)!
    let shim = UnsafeMutablePointer<sqlite3_vfs>.allocate(capacity: 1)
    shim.initialize(to: real.pointee)
    shim.pointee.zName = UnsafePointer(strdup(name))
    shim.pointee.pNext = nil
    shim.pointee.szOsFile = real.pointee.szOsFile + Int32(ShimFile.headerSize)
    // SQLite keeps a VFS until the process ends, and so does this.
    shim.pointee.pAppData = Unmanaged.passRetained(self).toOpaque()
    shim.pointee.xOpen = { shim, path, file, flags, outFlags in
      let disk = Unmanaged<FaultDisk>.fromOpaque(shim!.pointee.pAppData!).takeUnretainedValue()
      let kind: File = flags & SQLITE_OPEN_WAL != 0 ? .log : .database
      ShimFile.header(file!).pointee = ShimFile(methods: nil, disk: shim!.pointee.pAppData!, isLog: kind == .log)
      if let code = disk.failure(.open, of: kind) { return code }
      let real = sqlite3_vfs_find(nil)!
      let code = real.pointee.xOpen(real, path, ShimFile.real(file!), flags, outFlags)
      if code == SQLITE_OK { file!.pointee.pMethods = UnsafePointer(ShimFile.methods) }
      return code
    }
    precondition(sqlite3_vfs_register(shim, 0) == SQLITE_OK)
  }

  /// Lets `passing` operations through and fails the `times` after them.
  package func fail(_ operation: Operation, of file: File, with code: Int32, passing: Int = 0, times: Int = 1) {
    faults.withLock {
      $0.append(Fault(operation: operation, file: file, code: code, passesBefore: passing, times: times))
    }
  }

  package func repair() { faults.withLock { $0.removeAll() } }

  fileprivate func failure(_ operation: Operation, of file: File) -> Int32? {
    if operation == .sync, syncMicroseconds > 0 { usleep(syncMicroseconds) }
    return faults.withLock { faults in
      guard let index = faults.firstIndex(where: { $0.operation == operation && $0.file == file && $0.times > 0 }) else { return nil }
      if faults[index].passesBefore > 0 {
        faults[index].passesBefore -= 1
        return nil
      }
      faults[index].times -= 1
      return faults[index].code
    }
  }
}

/// What stands in front of the real file in the memory that SQLite gives for an open file.
private struct ShimFile {
  var methods: UnsafePointer<sqlite3_io_methods>?
  var disk: UnsafeMutableRawPointer
  var isLog: Bool

  static let headerSize = 64

  static func header(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<ShimFile> {
    UnsafeMutableRawPointer(file).assumingMemoryBound(to: ShimFile.self)
  }

  static func real(_ file: UnsafeMutablePointer<sqlite3_file>) -> UnsafeMutablePointer<sqlite3_file> {
    (UnsafeMutableRawPointer(file) + headerSize).assumingMemoryBound(to: sqlite3_file.self)
  }

  static func realMethods(_ file: UnsafeMutablePointer<sqlite3_file>) -> sqlite3_io_methods { real(file).pointee.pMethods.pointee }

  static func failure(_ operation: FaultDisk.Operation, _ file: UnsafeMutablePointer<sqlite3_file>) -> Int32? {
    let header = header(file).pointee
    return Unmanaged<FaultDisk>.fromOpaque(header.disk).takeUnretainedValue()
      .failure(operation, of: header.isLog ? .log : .database)
  }

  nonisolated(unsafe) static let methods: UnsafeMutablePointer<sqlite3_io_methods> = {
    let methods = UnsafeMutablePointer<sqlite3_io_methods>.allocate(capacity: 1)
    methods.initialize(
      to: sqlite3_io_methods(
        iVersion: 2,
        xClose: { ShimFile.realMethods($0!).xClose(ShimFile.real($0!)) },
        xRead: { ShimFile.realMethods($0!).xRead(ShimFile.real($0!), $1, $2, $3) },
        xWrite: { file, bytes, count, offset in
          ShimFile.failure(.write, file!) ?? ShimFile.realMethods(file!).xWrite(ShimFile.real(file!), bytes, count, offset)
        },
        xTruncate: { ShimFile.realMethods($0!).xTruncate(ShimFile.real($0!), $1) },
        xSync: { file, flags in
          ShimFile.failure(.sync, file!) ?? ShimFile.realMethods(file!).xSync(ShimFile.real(file!), flags)
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
