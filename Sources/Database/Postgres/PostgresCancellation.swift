import CPostgreSQL
import Foundation
import Synchronization

/// Asks the server to stop what a connection runs. It outlives the connection, and any thread may use it.
///
/// `@unchecked Sendable`: libpq lets any thread use a `PGcancel`, which never changes; the flag is atomic.
final class PostgresCancellation: @unchecked Sendable {
  private let handle: OpaquePointer
  private let stopped = Atomic(false)
  private let isCancelling = Atomic(false)

  init?(_ connection: OpaquePointer) {
    guard let handle = PQgetCancel(connection) else { return nil }
    self.handle = handle
  }

  deinit { PQfreeCancel(handle) }

  var isStopped: Bool { stopped.load(ordering: .relaxed) }

  /// Stops the statement that runs and each that comes.
  func stop() {
    stopped.store(true, ordering: .relaxed)
    cancelOnce()
  }

  /// Opens a connection of its own for one word; that it cannot be opened is found out by whoever waits. On a thread of its own: a server that
  /// hangs takes the word and never closes, and libpq waits for that without a limit.
  func cancelOnce() {
    guard !isCancelling.exchange(true, ordering: .acquiringAndReleasing) else { return }
    _ = DatabaseThread("db-cancel") { [self] in
      withUnsafeTemporaryAllocation(of: CChar.self, capacity: 256) { reason in
        _ = PQcancel(handle, reason.baseAddress, Int32(reason.count))
      }
      isCancelling.store(false, ordering: .releasing)
    }
  }
}

/// Arrays of C strings that end with nil, as `PQconnectdbParams` takes them.
enum CStrings {
  static func with<Value>(_ strings: [String], _ body: (UnsafePointer<UnsafePointer<CChar>?>) -> Value) -> Value {
    let copies = strings.map { strdup($0) }
    defer { for copy in copies { free(copy) } }
    return (copies.map { $0.map { UnsafePointer($0) } } + [nil]).withUnsafeBufferPointer { body($0.baseAddress!) }
  }
}
