internal import Glibc
internal import Logging
internal import NIOCore
internal import Synchronization

/// A value that was made from files, and is made anew when they have changed: certificates are renewed without a restart.
///
/// There is no timer: whoever needs the value asks, and the files are looked at once a second at most. While they make no value, as between
/// the renewal of a certificate and that of its key, the former value stays.
final class FileBacked<Value: Sendable>: Sendable {
  private struct State {
    var value: Value
    var stamps: [FileStamp?]
    var lookedAt: NIODeadline
  }

  private let paths: [String]
  private let logger: Logger
  private let make: @Sendable () throws -> Value
  private let state: Mutex<State>

  private static var secondsBetweenLooks: TimeAmount { .seconds(1) }

  /// - Throws: what `make` throws the first time.
  init(paths: [String?], logger: Logger, make: @escaping @Sendable () throws -> Value) throws {
    self.paths = paths.compactMap { $0 }
    self.logger = logger
    self.make = make
    let stamps = self.paths.map { FileStamp(path: $0) }
    state = Mutex(State(value: try make(), stamps: stamps, lookedAt: .now()))
  }

  /// The value of the files as they are.
  func current() -> Value {
    let now = NIODeadline.now()
    return state.withLock { state in
      guard now - state.lookedAt >= Self.secondsBetweenLooks else { return state.value }
      state.lookedAt = now
      let stamps = paths.map { FileStamp(path: $0) }
      guard stamps != state.stamps else { return state.value }
      do {
        state.value = try make()
        state.stamps = stamps
        logger.info("TLS files have changed and were read", metadata: ["files": "\(paths.count)"])
      } catch {
        logger.warning("TLS files have changed and make no sense yet; the former stay", metadata: ["error": "\(error)"])
      }
      return state.value
    }
  }
}

/// What tells one state of a file from another.
private struct FileStamp: Equatable {
  let seconds: Int
  let nanoseconds: Int
  let size: Int64
  let inode: UInt64

  /// Nil where there is no file.
  init?(path: String) {
    var status = stat()
    guard stat(path, &status) == 0 else { return nil }
    seconds = Int(status.st_mtim.tv_sec)
    nanoseconds = Int(status.st_mtim.tv_nsec)
    size = Int64(status.st_size)
    inode = UInt64(status.st_ino)
  }
}
