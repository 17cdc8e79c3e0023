import Database
import Foundation
import Logging
import Metrics

/// Removes what the service's own feed need not keep any more: events older than the retention that every named consumer has acknowledged.
///
/// A few hundred rows a transaction and a rest after each, so that a till's write waits for one short transaction at most. Where several
/// replicas do it at once they share the work: each transaction removes the oldest that it finds.
///
/// A consumer that was given up for good holds every event until it is forgotten (`feed forget`): what may be lost is for an operator to say.
struct FeedCleaner: Sendable {
  /// Rows that one transaction removes, at most.
  static let rowsAtOnce = 256
  /// Between two transactions, so that others have the writer most of the time.
  static let rest = Duration.milliseconds(20)
  /// Between two passes.
  static let interval = Duration.seconds(60)

  private let database: Database
  private let retention: Duration
  private let clock: any WallClock
  private let logger: Logger
  private let metrics: any MetricsFactory
  private let removed: Counter

  init(_ database: Database, retention: Duration, clock: any WallClock, logger: Logger, metrics: any MetricsFactory) {
    self.database = database
    self.retention = retention
    self.clock = clock
    self.logger = logger
    self.metrics = metrics
    removed = Counter(label: "event_feed_removed_events", factory: metrics)
  }

  func run() async throws {
    var behind: [Consumer: Int64] = [:]
    while true {
      do {
        try await showConsumers(&behind)
        try await pass()
      } catch let error where !(error is CancellationError) {
        logger.error("old events could not be removed", metadata: ["error": "\(EffectFailure.text(of: error))"])
      }
      try await Task.sleep(for: Self.interval)
    }
  }

  /// Removes until nothing is left that may go. How many it removed.
  @discardableResult
  func pass() async throws -> Int {
    let before = clock.now().addingTimeInterval(-Double(retention.components.seconds))
    var total = 0
    while true {
      let count = try await database.write { try $0.removeOldestEvents(before: before, limit: Self.rowsAtOnce) }
      total += count
      removed.increment(by: Int64(count))
      if count < Self.rowsAtOnce { return total }
      try await Task.sleep(for: Self.rest)
    }
  }

  struct Consumer: Hashable {
    let client: String
    let name: String
  }

  /// A series cannot be taken back: that of a consumer who was forgotten since says 0.
  ///
  /// - Parameter behind: Events that each consumer has not acknowledged, as they were last shown.
  func showConsumers(_ behind: inout [Consumer: Int64]) async throws {
    let consumers = try await database.read { try $0.feedConsumers() }
    behind = behind.mapValues { _ in 0 }
    for consumer in consumers {
      behind[Consumer(client: consumer.client, name: consumer.name)] = max(0, database.lastEventPosition - consumer.position)
    }
    for (consumer, events) in behind {
      Gauge(
        label: "event_feed_unacknowledged_events", dimensions: [("client", consumer.client), ("consumer", consumer.name)], factory: metrics
      ).record(events)
    }
  }
}
