import Foundation
import ServiceKit

/// Keeps a second `patron up` off the same data folder.
struct FolderLock: ~Copyable {
  private let lock: FileLock

  init(_ folder: DataFolder) throws {
    guard let lock = try FileLock(folder.lock) else {
      let holder = FileManager.default.contents(atPath: folder.lock).map { String(decoding: $0, as: UTF8.self) } ?? ""
      let process = holder.isEmpty ? "" : " (process \(holder.trimmingCharacters(in: .whitespacesAndNewlines)))"
      throw CommandError("patron up is running on \(folder.path) already\(process)")
    }
    lock.note("\(getpid())\n")
    self.lock = lock
  }
}
