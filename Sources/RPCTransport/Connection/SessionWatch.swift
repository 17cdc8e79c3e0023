internal import HTTP2
internal import NIOCore

/// What either end of a connection looks after each second, whoever it is: that a session which is to end does, and that keepalive is
/// taken for no flood.
struct SessionWatch {
  /// Seconds that the connection has lived.
  private var ticks = 0
  private var terminatingSince: NIODeadline?

  /// How long a GOAWAY that ends the session may wait to be written.
  private static let terminationTimeout = TimeAmount.seconds(2)

  /// - Returns: whether the end of the session waits to be written and the peer does not read it.
  mutating func tick(_ session: HTTP2Session, _ now: NIODeadline) -> Bool {
    ticks += 1
    session.forgiveBrokenStreams()
    if ticks % 60 == 0 { session.forgiveIdleFrames() }
    guard session.isTerminating else { return false }
    let since = terminatingSince ?? now
    terminatingSince = since
    return now - since > SessionWatch.terminationTimeout
  }
}
