import Metrics
import Synchronization

/// swift-metrics' back end: every series of this process, and their exposition in Prometheus' text format 0.0.4.
///
/// Counters are named `…_total` and timers `…_seconds`, as Prometheus asks.
final class MetricsRegistry: MetricsFactory {
  /// More series than this are counted in `patron_metrics_dropped_series` and not kept: a label that grows without bound
  /// must not take the memory with it.
  static let seriesAtMost = 10_000

  private enum Kind: String {
    case counter, gauge, histogram
  }

  private struct State {
    var kinds: [String: Kind] = [:]
    var metrics: [MetricSeries: any ExposedMetric] = [:]
    var droppedSeries = 0
  }

  private let state = Mutex(State())

  func makeCounter(label: String, dimensions: [(String, String)]) -> any CounterHandler {
    metric(MetricSeries(label, dimensions, suffix: "_total"), .counter) { CounterMetric() }
  }

  func makeFloatingPointCounter(label: String, dimensions: [(String, String)]) -> any FloatingPointCounterHandler {
    metric(MetricSeries(label, dimensions, suffix: "_total"), .counter) { FloatingPointCounterMetric() }
  }

  func makeMeter(label: String, dimensions: [(String, String)]) -> any MeterHandler {
    metric(MetricSeries(label, dimensions), .gauge) { GaugeMetric() }
  }

  func makeRecorder(label: String, dimensions: [(String, String)], aggregate: Bool) -> any RecorderHandler {
    let series = MetricSeries(label, dimensions)
    return aggregate
      ? metric(series, .histogram) { HistogramMetric(bounds: HistogramMetric.countBounds) } as HistogramMetric
      : metric(series, .gauge) { GaugeMetric() } as GaugeMetric
  }

  func makeTimer(label: String, dimensions: [(String, String)]) -> any TimerHandler {
    metric(MetricSeries(label, dimensions, suffix: "_seconds"), .histogram) {
      HistogramMetric(bounds: HistogramMetric.secondsBounds)
    }
  }

  // A series lives as long as the process: swift-metrics' objects come and go, the totals must not.
  func destroyCounter(_ handler: any CounterHandler) {}
  func destroyFloatingPointCounter(_ handler: any FloatingPointCounterHandler) {}
  func destroyMeter(_ handler: any MeterHandler) {}
  func destroyRecorder(_ handler: any RecorderHandler) {}
  func destroyTimer(_ handler: any TimerHandler) {}

  /// Every series, grouped by name as the format demands, and sorted so that two scrapes compare line by line.
  func exposition() -> String {
    let (kinds, metrics, dropped) = state.withLock { ($0.kinds, $0.metrics, $0.droppedSeries) }
    var text = ""
    var previousName = ""
    for (series, metric) in metrics.sorted(by: { ($0.key.name, $0.key.labels) < ($1.key.name, $1.key.labels) }) {
      if series.name != previousName, let kind = kinds[series.name] {
        if let help = MetricHelp.texts[series.name] { text += "# HELP \(series.name) \(help)\n" }
        text += "# TYPE \(series.name) \(kind.rawValue)\n"
      }
      previousName = series.name
      for line in metric.lines(of: series) { text += line + "\n" }
    }
    if dropped > 0 { text += "# TYPE patron_metrics_dropped_series gauge\npatron_metrics_dropped_series \(dropped)\n" }
    return text
  }

  /// The metric of `series`, made when new. One that exists under another type, or one too many, is given out unregistered:
  /// a mistake in a metric's name must not stop a sale.
  private func metric<Metric: ExposedMetric>(_ series: MetricSeries, _ kind: Kind, make: () -> Metric) -> Metric {
    state.withLock { state in
      if let existing = state.metrics[series] as? Metric { return existing }
      let made = make()
      guard state.metrics.count < Self.seriesAtMost, state.kinds[series.name, default: kind] == kind, state.metrics[series] == nil
      else {
        state.droppedSeries += 1
        return made
      }
      state.kinds[series.name] = kind
      state.metrics[series] = made
      return made
    }
  }
}
