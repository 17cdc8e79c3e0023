internal import RPC

/// What a connection's server says of its health, from one watch to the next. It decides; it opens no stream and keeps no timer.
/// Rule: gRFC A17, "Client Workflow".
struct HealthProgress {
  /// Of the connection, as a balancing policy sees it.
  private(set) var status = SubchannelStatus.connecting
  private var hasReceived = false
  private var failures = 0

  private static let shortestPause = Duration.seconds(1)
  private static let longestPause = Duration.seconds(120)
  private static let multiplier = 1.6

  /// A watch is opened.
  mutating func begin() {
    status = .connecting
    hasReceived = false
  }

  mutating func received(isServing: Bool) {
    status = isServing ? .ready : .failed
    hasReceived = true
    failures = 0
  }

  /// The watch ended, as it should not.
  /// - Parameter random: 0.8 to 1.2.
  /// - Returns: how long to wait before the next; nil when there is none, since the server knows no health: it counts as healthy then.
  mutating func ended(_ code: StatusCode, random: Double) -> Duration? {
    guard code != .unimplemented else {
      status = .ready
      return nil
    }
    status = .failed
    // One that said something may be followed at once.
    if hasReceived { return .zero }
    var pause = Self.shortestPause
    for _ in 0..<failures where pause < Self.longestPause { pause = pause * Self.multiplier }
    failures += 1
    return min(pause, Self.longestPause) * random
  }
}
