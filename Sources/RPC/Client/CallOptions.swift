/// How one client call is made.
public struct CallOptions: Sendable {
  /// From the start of the call; the earlier of this and `deadline` counts.
  public var timeout: Duration?
  /// Pass on `context.deadline` of the call being served, so that work whose caller is gone is not started.
  public var deadline: Deadline?
  public var metadata: Metadata
  /// Wait (within the deadline) for a connection instead of failing with UNAVAILABLE when there is none.
  /// Nil leaves it to the service config, where there is one, and else does not wait.
  public var waitForReady: Bool?
  /// How requests travel. A server that lacks it answers UNIMPLEMENTED.
  public var compression: Compression

  public init(
    timeout: Duration? = nil, deadline: Deadline? = nil, metadata: Metadata = Metadata(), waitForReady: Bool? = nil,
    compression: Compression = .identity
  ) {
    self.timeout = timeout
    self.deadline = deadline
    self.metadata = metadata
    self.waitForReady = waitForReady
    self.compression = compression
  }

  /// The deadline of a call that starts now.
  package func deadlineFromNow() -> Deadline? {
    guard let timeout else { return deadline }
    let byTimeout = Deadline.after(timeout)
    guard let deadline else { return byTimeout }
    return min(deadline, byTimeout)
  }
}
