/// The threads that read from PostgreSQL, each with a connection of its own. They share one queue, so a slow read holds up one thread only.
final class PostgresReaders: Sendable {
  private let configuration: DatabaseConfiguration
  private let queue: BlockingQueue<PendingRequest<Snapshot>>

  init(_ configuration: DatabaseConfiguration) {
    self.configuration = configuration
    queue = BlockingQueue(limit: configuration.readQueueLimit)
  }

  /// From any thread: queues the request, or answers it at once with the reason why not.
  func submit(_ request: PendingRequest<Snapshot>) {
    switch queue.offer(request) {
    case .accepted: break
    case .full: request.answer(with: DatabaseError.queueFull)
    case .closed: request.answer(with: DatabaseError.closed)
    }
  }

  var queuedCount: Int { queue.count }

  /// From any thread: what is queued is still done, what comes later is refused.
  func close() { queue.close() }

  /// The body of each reader's thread.
  func run() {
    let reader = PostgresReader(configuration)
    var taken: [PendingRequest<Snapshot>] = []
    while queue.take(upTo: 1, into: &taken) {
      for request in taken { serve(request, on: reader) }
      taken.removeAll(keepingCapacity: true)
    }
  }

  private func serve(_ request: PendingRequest<Snapshot>, on reader: PostgresReader) {
    let now = ContinuousClock.now
    if let reason = request.reasonNotToStart(at: now) { return request.answer(with: reason) }
    var limit = now + configuration.readTimeLimit
    if let deadline = request.deadline, deadline < limit { limit = deadline }
    reader.run(request, until: limit)
    request.answer()
  }
}

/// A connection that reads, and its transaction borders, used on one thread.
final class PostgresReader {
  /// Connections lost in a row after which a read is given up.
  private static let attemptsAtMost = 2

  private let keeper: PostgresKeeper

  init(_ configuration: DatabaseConfiguration) { keeper = PostgresKeeper(configuration, role: .reader) }

  /// Runs the request on one snapshot, which its first statement takes; on another connection when the first turns out to be lost.
  func run(_ request: PendingRequest<Snapshot>, until limit: ContinuousClock.Instant?) {
    for _ in 1...Self.attemptsAtMost {
      let connection: PostgresConnection
      do { connection = try keeper.get() } catch { return request.refuse(error) }
      PostgresReader.run(request, until: limit, on: connection)
      guard connection.failure == .disconnected else { return }
      keeper.drop()
    }
  }

  static func run(_ request: PendingRequest<Snapshot>, until limit: ContinuousClock.Instant?, on connection: PostgresConnection) {
    do { try connection.begin(.snapshot, until: limit) } catch { return request.refuse(error) }
    let snapshot = Snapshot(connection)
    request.run(in: snapshot)
    snapshot.end()
    connection.rollback()
  }
}

/// A connection for one read that may take minutes.
final class PostgresMaintenanceReader: SnapshotRunner {
  private let connection: PostgresConnection

  init(_ configuration: DatabaseConfiguration) throws { connection = try PostgresConnection(configuration, role: .maintenance) }

  var stop: @Sendable () -> Void { connection.stop }

  func run(_ request: PendingRequest<Snapshot>, until limit: ContinuousClock.Instant?) {
    PostgresReader.run(request, until: limit, on: connection)
  }
}
