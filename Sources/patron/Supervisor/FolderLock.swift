import Foundation

/// Keeps a second `patron up` off the same data folder. The kernel lets go of the lock when the process ends, however it ends.
struct FolderLock: ~Copyable {
  private let descriptor: Int32

  init(_ folder: DataFolder) throws {
    // Closed on exec: a service that inherited it would hold the lock beyond its supervisor's end.
    descriptor = open(folder.lock, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw CommandError("cannot open \(folder.lock): \(String(cString: strerror(errno)))") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      let holder = FileManager.default.contents(atPath: folder.lock).map { String(decoding: $0, as: UTF8.self) } ?? ""
      close(descriptor)
      let process = holder.isEmpty ? "" : " (process \(holder.trimmingCharacters(in: .whitespacesAndNewlines)))"
      throw CommandError("patron up is running on \(folder.path) already\(process)")
    }
    ftruncate(descriptor, 0)
    let text = "\(getpid())\n"
    _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
  }

  deinit { close(descriptor) }
}
