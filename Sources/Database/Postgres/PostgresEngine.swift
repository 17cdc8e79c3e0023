/// A schema of a PostgreSQL server: threads that write and read it, each with a connection that it opens when it is first needed, and one
/// that publishes events. Several processes may share the schema.
final class PostgresEngine: Engine {
  let feed: EventFeed
  private let publisher: PostgresPublisher
  private let writers: PostgresWriters
  private let readers: ReaderPool
  private let maintenance: MaintenanceReader
  private let end = EndSignal()

  /// - Parameter publishes: Whether it may become the one that publishes events; a command that only looks may not.
  init(_ configuration: DatabaseConfiguration, lastPosition: Int64, publishes: Bool) {
    feed = EventFeed(position: lastPosition)
    publisher = PostgresPublisher(configuration, feed: feed, takesLease: publishes)
    writers = PostgresWriters(configuration, publisher: publisher)
    readers = ReaderPool(configuration)
    if !configuration.hasFeed { publisher.close() }
    maintenance = MaintenanceReader(limit: configuration.maintenanceReadLimit) { try PostgresMaintenanceReader(configuration) }
    start(configuration)
  }

  var observations: WriterObservations { writers.observations }
  var queuedWrites: Int { writers.queue.count }
  var queuedReads: Int { readers.queue.count }

  func write(_ request: PendingRequest<Transaction>) { writers.queue.submit(request) }
  func read(_ request: PendingRequest<Snapshot>) { readers.queue.submit(request) }
  func maintenanceRead(_ request: PendingRequest<Snapshot>) { maintenance.submit(request) }
  func publishEvents() async { await publisher.pass() }

  func close() { writers.queue.close() }
  func waitForEnd() async { await end.wait() }

  /// The threads end in order: writers after what is queued, then the publisher, which makes the last commits known, and whatever reads.
  private func start(_ configuration: DatabaseConfiguration) {
    let (writers, readers, maintenance, publisher, feed, end) = (writers, readers, maintenance, publisher, feed, end)
    let writing = (1...max(1, configuration.writerCount)).map { DatabaseThread("db-write-\($0)", writers.run) }
    let reading = (1...max(1, configuration.readerCount)).map {
      DatabaseThread("db-read-\($0)") { readers.run(PostgresReader(configuration)) }
    }
    let publishing = configuration.hasFeed ? DatabaseThread("db-publish", publisher.run) : nil
    _ = DatabaseThread("db-end") {
      for thread in writing { thread.join() }
      publisher.close()
      publishing?.join()
      maintenance.close()
      readers.queue.close()
      for thread in reading { thread.join() }
      feed.close()
      end.signal()
    }
  }
}
