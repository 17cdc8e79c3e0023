import Foundation
import Metrics
import Synchronization

/// What a consumer tells of a feed, in the series that `MetricHelp` describes.
struct FeedMetrics: Sendable {
  private let applied: Counter
  private let parked: Counter
  private let failures: Counter
  private let eventsBehind: Gauge
  private let lag: Gauge
  private let parkedAggregates: Gauge
  private let parkedEvents: Gauge
  private let states: [FeedState: Gauge]

  init(feed: String, factory: any MetricsFactory) {
    let labels = [("feed", feed)]
    applied = Counter(label: "event_feed_applied_events", dimensions: labels, factory: factory)
    parked = Counter(label: "event_feed_parked_total", dimensions: labels, factory: factory)
    failures = Counter(label: "event_feed_failures", dimensions: labels, factory: factory)
    eventsBehind = Gauge(label: "event_feed_events_behind", dimensions: labels, factory: factory)
    lag = Gauge(label: "event_feed_lag_seconds", dimensions: labels, factory: factory)
    parkedAggregates = Gauge(label: "event_feed_parked_aggregates", dimensions: labels, factory: factory)
    parkedEvents = Gauge(label: "event_feed_parked_events", dimensions: labels, factory: factory)
    states = Dictionary(
      uniqueKeysWithValues: FeedState.allCases.map {
        ($0, Gauge(label: "event_feed_state", dimensions: labels + [("state", $0.rawValue)], factory: factory))
      })
  }

  func entered(_ state: FeedState) {
    for (each, gauge) in states { gauge.record(each == state ? 1 : 0) }
  }

  func failed() { failures.increment() }

  /// - Parameter parked: How many of the events were parked, the others took effect.
  func took(_ events: Int, parked: Int) {
    applied.increment(by: Int64(events - parked))
    self.parked.increment(by: Int64(parked))
  }

  /// Where the consumer stands after a transaction. `last` is the newest event in it, if there was one.
  func stands(behind: Int64, last: Date?, now: Date) {
    eventsBehind.record(behind)
    if let last { lag.record(max(0, now.timeIntervalSince(last))) } else if behind == 0 { lag.record(0) }
  }

  func parking(aggregates: Int, events: Int) {
    parkedAggregates.record(aggregates)
    parkedEvents.record(events)
  }
}
