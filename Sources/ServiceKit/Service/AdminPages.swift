import Foundation
import Synchronization

/// What the admin port answers: `/metrics`, `/healthz` (the process lives), `/readyz` (it takes calls). It shows no data. Beside them
/// stands `/connections`, which asks the event loops.
final class AdminPages: Sendable {
  struct Page: Equatable, Sendable {
    var status: Int
    var contentType = "text/plain; charset=utf-8"
    var body: String
  }

  private let registry: MetricsRegistry
  private let process: ProcessMetrics
  private let clock: any WallClock
  private let isReady = Atomic<Bool>(false)

  init(registry: MetricsRegistry, clock: any WallClock) {
    self.registry = registry
    self.process = ProcessMetrics(startTime: clock.now())
    self.clock = clock
  }

  /// What `/readyz` says from now on: true when calls are taken, false as soon as the service drains.
  func set(isReady: Bool) { self.isReady.store(isReady, ordering: .relaxed) }

  func page(at path: String) -> Page {
    switch path {
    case "/metrics":
      Page(
        status: 200, contentType: "text/plain; version=0.0.4; charset=utf-8",
        body: registry.exposition() + process.exposition(now: clock.now()))
    case "/healthz": Page(status: 200, body: "alive\n")
    case "/readyz": isReady.load(ordering: .relaxed) ? Page(status: 200, body: "ready\n") : Page(status: 503, body: "not ready\n")
    default: Page(status: 404, body: "try /metrics, /connections, /healthz or /readyz\n")
    }
  }
}
