import Metrics
import Synchronization

/// A value that the exposition reads while others change it.
protocol ExposedMetric: AnyObject, Sendable {
  /// Its sample lines without a final newline, in Prometheus text format.
  func lines(of series: MetricSeries) -> [String]
}

/// Only ever grows.
final class CounterMetric: CounterHandler, ExposedMetric {
  private let value = Atomic<Int64>(0)

  func increment(by amount: Int64) { value.wrappingAdd(amount, ordering: .relaxed) }
  func reset() { value.store(0, ordering: .relaxed) }

  func lines(of series: MetricSeries) -> [String] { ["\(series.line()) \(value.load(ordering: .relaxed))"] }
}

/// A counter of fractions, such as seconds.
final class FloatingPointCounterMetric: FloatingPointCounterHandler, ExposedMetric {
  private let value = Mutex(0.0)

  func increment(by amount: Double) { value.withLock { $0 += amount } }
  func reset() { value.withLock { $0 = 0 } }

  func lines(of series: MetricSeries) -> [String] { ["\(series.line()) \(value.withLock(\.self))"] }
}

/// Goes up and down: swift-metrics' meter, and its recorder that does not aggregate.
final class GaugeMetric: MeterHandler, RecorderHandler, ExposedMetric {
  private let value = Mutex(0.0)

  func set(_ newValue: Int64) { set(Double(newValue)) }
  func set(_ newValue: Double) { value.withLock { $0 = newValue } }
  func increment(by amount: Double) { value.withLock { $0 += amount } }
  func decrement(by amount: Double) { value.withLock { $0 -= amount } }
  func record(_ newValue: Int64) { set(Double(newValue)) }
  func record(_ newValue: Double) { set(newValue) }

  func lines(of series: MetricSeries) -> [String] { ["\(series.line()) \(value.withLock(\.self))"] }
}

/// How often values fell below each bound: swift-metrics' timer (in seconds) and its aggregating recorder.
final class HistogramMetric: TimerHandler, RecorderHandler, ExposedMetric {
  /// From 100 µs, about the fastest call, to 10 s, far past a till's patience.
  static let secondsBounds = [0.0001, 0.00025, 0.0005, 0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10]
  /// For sizes and counts: powers of four up to a million.
  static let countBounds: [Double] = [1, 4, 16, 64, 256, 1_024, 4_096, 16_384, 65_536, 262_144, 1_048_576]

  private struct State {
    /// One for each bound, and the last for what exceeds them all.
    var counts: [UInt64]
    var sum = 0.0
  }

  private let bounds: [Double]
  private let state: Mutex<State>

  init(bounds: [Double]) {
    self.bounds = bounds
    self.state = Mutex(State(counts: Array(repeating: 0, count: bounds.count + 1)))
  }

  func recordNanoseconds(_ duration: Int64) { record(Double(duration) / 1e9) }
  func record(_ value: Int64) { record(Double(value)) }

  func record(_ value: Double) {
    let bucket = bounds.firstIndex { value <= $0 } ?? bounds.count
    state.withLock { state in
      state.counts[bucket] += 1
      state.sum += value
    }
  }

  func lines(of series: MetricSeries) -> [String] {
    let state = state.withLock(\.self)
    var cumulative: UInt64 = 0
    var lines: [String] = []
    for (bound, count) in zip(bounds.map { "\($0)" } + ["+Inf"], state.counts) {
      cumulative += count
      lines.append("\(series.line(suffix: "_bucket", extra: "le=\"\(bound)\"")) \(cumulative)")
    }
    lines.append("\(series.line(suffix: "_sum")) \(state.sum)")
    lines.append("\(series.line(suffix: "_count")) \(cumulative)")
    return lines
  }
}
