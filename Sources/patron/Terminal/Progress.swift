import Synchronization

/// How far long work has come: a bar that is overwritten where a person watches, else one line at the start and one at the end.
///
/// Shared by all tasks of the work. Drawn at most ten times a second, so that it costs the work nothing.
final class Progress: Sendable {
  private struct State {
    var done = 0
    var lastDrawn: ContinuousClock.Instant?
  }

  private static let interval = Duration.milliseconds(100)
  private static let barWidth = 30

  private let label: String
  private let total: Int
  private let start = ContinuousClock.now
  private let state = Mutex(State())

  /// - Parameter label: what is being done, such as "checking out".
  init(_ label: String, total: Int) {
    self.label = label
    self.total = total
    if !Terminal.isInteractive { Terminal.printError("\(label): \(total)") }
  }

  func advance(by count: Int = 1) {
    let now = ContinuousClock.now
    let done: Int? = state.withLock { state in
      state.done += count
      if let last = state.lastDrawn, now - last < Self.interval { return nil }
      state.lastDrawn = now
      return state.done
    }
    if Terminal.isInteractive, let done { Terminal.overwriteLine(text(done, now)) }
  }

  /// Leaves one line that says how many and how fast.
  func finish() {
    let done = state.withLock { $0.done }
    if Terminal.isInteractive { Terminal.clearLine() }
    let seconds = Self.seconds(ContinuousClock.now - start)
    Terminal.printError("\(label): \(done) in \(Self.rounded(seconds)) s (\(Self.rounded(Double(done) / max(seconds, 0.001)))/s)")
  }

  private func text(_ done: Int, _ now: ContinuousClock.Instant) -> String {
    let filled = total == 0 ? Self.barWidth : min(Self.barWidth, done * Self.barWidth / total)
    let bar = String(repeating: "█", count: filled) + String(repeating: "░", count: Self.barWidth - filled)
    let rate = Double(done) / max(Self.seconds(now - start), 0.001)
    return "\(label) \(bar) \(done)/\(total) · \(Self.rounded(rate))/s"
  }

  private static func seconds(_ duration: Duration) -> Double {
    Double(duration.components.seconds) + Double(duration.components.attoseconds) / 1e18
  }

  private static func rounded(_ number: Double) -> String {
    number < 10 ? "\((number * 10).rounded() / 10)" : "\(Int(number.rounded()))"
  }
}
