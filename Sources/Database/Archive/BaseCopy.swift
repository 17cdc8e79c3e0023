import Crypto
import Foundation
import Synchronization

/// A copy of the database that becomes a base of its chain. It takes as long as the database is large, so it has a thread of its own.
final class BaseCopy: Sendable {
  let chain: Int
  let base: Int
  /// The log of the chain when it was begun: frames from its first go on top of the copy.
  let firstLog: Int
  private let stop = StopSwitch()
  private let thread = Mutex<DatabaseThread?>(nil)

  /// What is read at once for the digest, in bytes.
  private static let readBytes = 1024 * 1024

  init(chain: Int, base: Int, firstLog: Int) {
    self.chain = chain
    self.base = base
    self.firstLog = firstLog
  }

  /// Stops it where it is and waits for its end.
  func end() {
    stop.stop()
    thread.withLock { $0 }?.join()
  }

  /// - Parameter whenDone: Called on the copy's thread with the digest of the file.
  func start(_ configuration: DatabaseConfiguration, to path: String, whenDone: @escaping @Sendable (Result<String, any Error>) -> Void) {
    let stop = self.stop
    let copying = DatabaseThread("db-base") {
      whenDone(
        Result {
          // A copy without a label is what a crash left.
          unlink(path)
          try Backup.copy(configuration, to: path, stop: stop)
          return try Self.digest(of: path)
        })
    }
    thread.withLock { $0 = copying }
  }

  static func digest(of path: String) throws -> String {
    guard let file = FileHandle(forReadingAtPath: path) else { throw FileFailure(errno) }
    var hash = SHA256()
    while let data = try file.read(upToCount: readBytes), !data.isEmpty { hash.update(data: data) }
    try file.close()
    return Array(hash.finalize()).hexadecimal
  }
}

/// Stops work on another thread, from any thread: the work looks at it, and says what stops a statement of its own.
final class StopSwitch: Sendable {
  private let state = Mutex<(isStopped: Bool, whenStopped: (@Sendable () -> Void)?)>((false, nil))

  var isStopped: Bool { state.withLock(\.isStopped) }

  func stop() {
    let whenStopped = state.withLock { state in
      state.isStopped = true
      return state.whenStopped
    }
    whenStopped?()
  }

  func whenStopped(_ action: (@Sendable () -> Void)?) {
    let isStopped = state.withLock { state in
      state.whenStopped = action
      return state.isStopped
    }
    if isStopped { action?() }
  }
}
