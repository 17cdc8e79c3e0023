import CSQLite
import Synchronization

/// Stops statements of one connection after an instant, or when somebody asks, by SQLite's progress handler.
struct TimeLimit {
  /// How many instructions of SQLite's virtual machine run between two looks at the clock: about 50 µs of work, so a look costs
  /// nothing beside it.
  private static let instructionsBetweenLooks: Int32 = 2_000

  /// What the handler looks at.
  ///
  /// `@unchecked Sendable`: `instant` is touched only on the connection's thread, where the handler runs as well; `isStopped` alone is
  /// shared, and atomic.
  private final class Limit: @unchecked Sendable {
    var instant: ContinuousClock.Instant?
    let isStopped = Atomic(false)

    var isPassed: Bool {
      if isStopped.load(ordering: .relaxed) { return true }
      guard let instant else { return false }
      return ContinuousClock.now >= instant
    }
  }

  private let limit = Limit()

  /// `connection` is closed before the value is let go: C keeps the address.
  func install(on connection: OpaquePointer) {
    sqlite3_progress_handler(
      connection, TimeLimit.instructionsBetweenLooks,
      { context in Unmanaged<Limit>.fromOpaque(context!).takeUnretainedValue().isPassed ? 1 : 0 },
      Unmanaged.passUnretained(limit).toOpaque())
  }

  func set(_ instant: ContinuousClock.Instant?) { limit.instant = instant }

  /// Stops the statement that runs and each that comes; from any thread, also after the connection was closed.
  var stop: @Sendable () -> Void {
    let limit = limit
    return { limit.isStopped.store(true, ordering: .relaxed) }
  }
}
