import Database
import Foundation

/// Keeps a second process off what one alone may change. The kernel lets go of the lock when the process ends, however it ends.
package final class FileLock: Sendable {
  private let descriptor: Int32

  /// Nil when another holds it. Throws `inputOutput` where the file cannot be made.
  package init?(_ path: String) throws {
    // Closed on exec: a child that inherited it would hold the lock beyond this process's end.
    let opened = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard opened >= 0 else { throw DatabaseError.inputOutput(sql: "lock") }
    guard flock(opened, LOCK_EX | LOCK_NB) == 0 else {
      close(opened)
      return nil
    }
    // Not before: a lock that has its descriptor closes it in deinit, also one that is refused.
    descriptor = opened
  }

  deinit { close(descriptor) }

  /// Says who holds it, for whoever finds it taken.
  package func note(_ text: String) {
    ftruncate(descriptor, 0)
    _ = text.withCString { pwrite(descriptor, $0, strlen($0), 0) }
  }

  func release() { flock(descriptor, LOCK_UN) }
}
