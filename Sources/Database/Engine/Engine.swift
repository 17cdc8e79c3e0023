/// What stands below `Database`: SQLite in a file (`SQLiteEngine`), or a PostgreSQL server (`PostgresEngine`).
///
/// Life: opened with its threads, given requests from any thread, closed once. Every request is answered exactly once, those that come
/// after `close` with `closed`.
protocol Engine: AnyObject, Sendable {
  var feed: EventFeed { get }
  var observations: WriterObservations { get }
  var queuedWrites: Int { get }
  var queuedReads: Int { get }

  func write(_ request: PendingRequest<Transaction>)
  func read(_ request: PendingRequest<Snapshot>)
  func maintenanceRead(_ request: PendingRequest<Snapshot>)

  /// Returns when the events that were committed before the call have their positions, as far as this process gives them.
  func publishEvents() async

  /// From any thread: what is queued is still done, what comes later is refused.
  func close()
  /// Returns when every thread has ended.
  func waitForEnd() async
}
