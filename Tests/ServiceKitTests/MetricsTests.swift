import Foundation
import Metrics
import ServiceTesting
import Testing

@testable import ServiceKit

@Suite struct MetricsTests {
  @Test func theExpositionIsPrometheusTextFormat() {
    let registry = MetricsRegistry()
    Counter(label: "rpc.calls", dimensions: [("method", "/a/B"), ("code", "OK")], factory: registry).increment(by: 3)
    Counter(label: "rpc.calls", dimensions: [("method", "/a/B"), ("code", "INTERNAL")], factory: registry).increment()
    Gauge(label: "queue-depth", factory: registry).record(7)
    #expect(
      registry.exposition() == """
        # TYPE queue_depth gauge
        queue_depth 7.0
        # TYPE rpc_calls_total counter
        rpc_calls_total{method="/a/B",code="INTERNAL"} 1
        rpc_calls_total{method="/a/B",code="OK"} 3

        """)
  }

  @Test func aTimerIsAHistogramInSecondsWithCumulativeBuckets() {
    let registry = MetricsRegistry()
    let timer = Timer(label: "call", factory: registry)
    for microseconds in [50, 100, 101, 20_000_000] { timer.recordNanoseconds(Int64(microseconds) * 1_000) }
    let lines = registry.exposition().split(separator: "\n")
    #expect(lines.first == "# TYPE call_seconds histogram")
    #expect(lines.contains("call_seconds_bucket{le=\"0.0001\"} 2"))
    #expect(lines.contains("call_seconds_bucket{le=\"0.00025\"} 3"))
    #expect(lines.contains("call_seconds_bucket{le=\"10.0\"} 3"))
    #expect(lines.contains("call_seconds_bucket{le=\"+Inf\"} 4"))
    #expect(lines.contains("call_seconds_count 4"))
    #expect(lines.contains { $0.hasPrefix("call_seconds_sum 20.00025") })
  }

  @Test func aLabelsValueCannotEndItsLine() {
    let registry = MetricsRegistry()
    Counter(label: "a", dimensions: [("k", "x\"y\\z\nw")], factory: registry).increment()
    #expect(registry.exposition().contains(#"a_total{k="x\"y\\z\nw"} 1"#))
  }

  @Test func twoObjectsOfOneSeriesCountTogether() {
    let registry = MetricsRegistry()
    for _ in 0..<2 { Counter(label: "a", factory: registry).increment() }
    #expect(registry.exposition().contains("a_total 2"))
  }

  @Test func aNameOfTwoTypesKeepsTheFirstAndHarmsNobody() {
    let registry = MetricsRegistry()
    Gauge(label: "a_total", factory: registry).record(1)
    Counter(label: "a", factory: registry).increment(by: 5)
    #expect(registry.exposition().contains("a_total 1.0"))
    #expect(registry.exposition().contains("patron_metrics_dropped_series 1"))
  }

  @Test func aLabelWithoutBoundDoesNotTakeTheMemoryWithIt() {
    let registry = MetricsRegistry()
    for index in 0..<(MetricsRegistry.seriesAtMost + 5) {
      Counter(label: "a", dimensions: [("id", "\(index)")], factory: registry).increment()
    }
    #expect(registry.exposition().contains("patron_metrics_dropped_series 5\n"))
  }

  @Test func theAdminPortTellsLiveFromReady() {
    let clock = ManualClock()
    let pages = AdminPages(registry: MetricsRegistry(), clock: clock)
    #expect(pages.page(at: "/healthz").status == 200)
    #expect(pages.page(at: "/readyz").status == 503)
    pages.set(isReady: true)
    #expect(pages.page(at: "/readyz").status == 200)
    #expect(pages.page(at: "/").status == 404)
    clock.advance(by: .seconds(90))
    let metrics = pages.page(at: "/metrics").body
    #expect(metrics.contains("process_uptime_seconds 90.0\n"))
    #expect(metrics.contains("process_cpu_seconds_total "))
  }

  @Test func theProcessReportsItsMemoryAndTime() throws {
    let text = ProcessMetrics(startTime: ManualClock.start).exposition(now: ManualClock.start)
    let resident = try #require(text.firstMatch(of: /process_resident_memory_bytes (\d+)/))
    #expect(try #require(Int(resident.1)) > 1_000_000)
  }
}
