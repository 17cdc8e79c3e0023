/// One SQLite file: a thread that writes it in batches, a few that read it, one that copies the log into the file.
final class SQLiteEngine: Engine {
  let feed: EventFeed
  private let writer: Writer
  private let readers: ReaderPool
  private let maintenance: MaintenanceReader
  private let ending: Ending

  /// Nil where the log is not shipped.
  let archiver: LogArchiver?

  init(_ configuration: DatabaseConfiguration, _ meta: Meta, lastPosition: Int64) throws {
    feed = EventFeed(position: lastPosition)
    let checkpointer = Checkpointer(logger: configuration.logger)
    writer = Writer(configuration, feed: feed, checkpointer: checkpointer)
    readers = ReaderPool(configuration)
    maintenance = MaintenanceReader(limit: configuration.maintenanceReadLimit) { try ReaderConnection(configuration) }
    archiver = configuration.archive.map { LogArchiver(configuration, $0, identity: ArchiveIdentity(meta)) }
    ending = try Ending(configuration, writer, readers, maintenance, checkpointer, archiver, feed)
  }

  var observations: WriterObservations { writer.observations }
  var queuedWrites: Int { writer.queue.count }
  var queuedReads: Int { readers.queue.count }

  func write(_ request: PendingRequest<Transaction>) { writer.queue.submit(request) }
  func read(_ request: PendingRequest<Snapshot>) { readers.queue.submit(request) }
  func maintenanceRead(_ request: PendingRequest<Snapshot>) { maintenance.submit(request) }

  /// The one writer gives positions as it appends.
  func publishEvents() async {}

  func close() { writer.queue.close() }
  func waitForEnd() async { await ending.wait() }
}
