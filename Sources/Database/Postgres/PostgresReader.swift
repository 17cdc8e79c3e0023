/// A connection that reads, and its transaction borders, used on one thread.
final class PostgresReader: SnapshotRunner {
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

  /// There is none between reads: each has a transaction of its own.
  func endSnapshot() {}

  static func run(_ request: PendingRequest<Snapshot>, until limit: ContinuousClock.Instant?, on connection: PostgresConnection) {
    do { try connection.begin(.snapshot, until: limit) } catch { return request.refuse(error) }
    let snapshot = Snapshot(connection)
    request.run(in: snapshot)
    snapshot.end()
    connection.rollback()
  }
}

/// A connection for one read that may take minutes.
final class PostgresMaintenanceReader: StoppableSnapshotRunner {
  private let connection: PostgresConnection

  init(_ configuration: DatabaseConfiguration) throws { connection = try PostgresConnection(configuration, role: .maintenance) }

  var stop: @Sendable () -> Void { connection.stop }

  func run(_ request: PendingRequest<Snapshot>, until limit: ContinuousClock.Instant?) {
    PostgresReader.run(request, until: limit, on: connection)
  }

  func endSnapshot() {}
}
