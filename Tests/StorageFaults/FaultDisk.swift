import CSQLite
import Foundation
import Synchronization

/// A disk that fails, or takes its time, when told to.
///
///     let disk = FaultDisk()
///     configuration.virtualFileSystem = disk.name
///     disk.fail(.sync, of: .log, with: FaultDisk.syncFailed)
package final class FaultDisk: ShimDisk, @unchecked Sendable {
  package enum Operation: Sendable { case write, sync, open }

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

  private let faults = Mutex<[Fault]>([])
  /// What each sync takes at least.
  private let syncMicroseconds: UInt32

  /// - Parameter syncMicroseconds: that each sync takes longer than the real one.
  package init(syncMicroseconds: UInt32 = 0) { self.syncMicroseconds = syncMicroseconds }

  /// Lets `passing` operations through and fails the `times` after them.
  package func fail(_ operation: Operation, of file: File, with code: Int32, passing: Int = 0, times: Int = 1) {
    faults.withLock {
      $0.append(Fault(operation: operation, file: file, code: code, passesBefore: passing, times: times))
    }
  }

  package func repair() { faults.withLock { $0.removeAll() } }

  override func opens(_ kind: File) -> Int32? { failure(.open, of: kind) }

  override func writes(_ bytes: UnsafeRawBufferPointer, at offset: Int64, to file: OpenFile) -> Int32 {
    failure(.write, of: file.kind) ?? file.write(bytes, at: offset)
  }

  override func syncs(_ file: OpenFile, flags: Int32) -> Int32 {
    if syncMicroseconds > 0 { usleep(syncMicroseconds) }
    return failure(.sync, of: file.kind) ?? file.sync(flags: flags)
  }

  private func failure(_ operation: Operation, of file: File) -> Int32? {
    faults.withLock { faults in
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
