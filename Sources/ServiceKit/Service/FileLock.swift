import Database
import Foundation

/// Keeps a second process off what one alone may change. The kernel lets go of the lock when the process ends, however it ends.
package final class FileLock: Sendable {
  private let descriptor: Int32

  /// Nil when another holds it. Throws `inputOutput` where the file cannot be made.
  package init?(_ path: String) throws {
    // Closed on exec: a child that inherited it would hold the lock beyond this process's end.
    descriptor = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw DatabaseError.inputOutput(sql: "lock") }
    guard flock(descriptor, LOCK_EX | LOCK_NB) == 0 else {
      close(descriptor)
      return nil
    }
  }

  deinit { close(descriptor) }

  /// Says who holds it, for whoever finds it taken.
  package func note(_ text: String) {
    ftruncate(descriptor, 0)
    _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
  }

  func release() { flock(descriptor, LOCK_UN) }
}
