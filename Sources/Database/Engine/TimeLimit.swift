import CSQLite

/// Stops statements of one connection after an instant, by SQLite's progress handler.
struct TimeLimit {
  /// How many instructions of SQLite's virtual machine run between two looks at the clock: about 50 µs of work, so a look costs
  /// nothing beside it.
  private static let instructionsBetweenLooks: Int32 = 2_000

  /// In memory of its own, since C keeps the address.
  private let instant: UnsafeMutablePointer<ContinuousClock.Instant?>

  init() {
    instant = .allocate(capacity: 1)
    instant.initialize(to: nil)
  }

  func install(on connection: OpaquePointer) {
    sqlite3_progress_handler(
      connection, TimeLimit.instructionsBetweenLooks,
      { context in
        let instant = context!.assumingMemoryBound(to: ContinuousClock.Instant?.self).pointee
        guard let instant else { return 0 }
        return ContinuousClock.now < instant ? 0 : 1
      }, instant)
  }

  func set(_ limit: ContinuousClock.Instant?) { instant.pointee = limit }

  /// After the connection was closed.
  func release() {
    instant.deinitialize(count: 1)
    instant.deallocate()
  }
}
