internal import RPC

/// What a call with a retry policy keeps from one attempt to the next. Used on the call's loop.
final class CallRetry {
  private var progress: RetryProgress
  private let throttle: RetryThrottle?
  /// The request of a streaming call, as far as it was sent; a unary call keeps its one message itself.
  private var replay: ReplayBuffer
  /// No further attempt follows: the server has begun to answer, or the request has outgrown what is kept.
  private(set) var isCommitted = false

  init(_ policy: RetryPolicy, throttle: RetryThrottle?, replayBytes: Int) {
    progress = RetryProgress(policy)
    self.throttle = throttle
    replay = ReplayBuffer(largestBytes: replayBytes)
  }

  var previousAttempts: Int { progress.previousAttempts }

  /// How long to wait before the next attempt; nil when there is none.
  func pause(after code: StatusCode, pushback: RetryPushback?, remaining: Duration?) -> Duration? {
    guard !isCommitted else { return nil }
    return progress.pause(
      after: code, pushback: pushback, remaining: remaining, random: .random(in: RetryProgress.spread),
      takeToken: { throttle?.failed() ?? true })
  }

  /// Nothing is sent again from here on, so nothing is kept.
  func commit() {
    isCommitted = true
    replay.drop()
  }

  // MARK: The request of a streaming call

  /// Keeps a message that is on its way to the server. The first that finds no room commits the call to the attempt under way.
  func keepSent(_ frame: [UInt8]) {
    guard !isCommitted, !replay.append(frame) else { return }
    commit()
  }

  /// Keeps a message for the attempt that comes.
  /// - Returns: false when it finds no room: that attempt is the last then, and the message is to wait for it.
  func keepUnsent(_ frame: [UInt8]) -> Bool {
    guard !isCommitted, replay.append(frame) else {
      isCommitted = true
      return false
    }
    return true
  }

  func requestEnds() { replay.hasEnded = true }

  /// Writes the request so far to a new attempt, and whether it has ended.
  func replay(_ write: ([UInt8]) -> Void) -> Bool {
    replay.frames.forEach(write)
    if isCommitted { replay.drop() }
    return replay.hasEnded
  }
}

/// The messages of a request that has not been answered, up to a number of bytes.
struct ReplayBuffer {
  private(set) var frames: [[UInt8]] = []
  /// Whether the request is complete.
  var hasEnded = false
  private var bytes = 0
  private let largestBytes: Int

  init(largestBytes: Int) { self.largestBytes = largestBytes }

  /// False when there is no room; nothing is kept then.
  mutating func append(_ frame: [UInt8]) -> Bool {
    guard frame.count <= largestBytes - bytes else { return false }
    frames.append(frame)
    bytes += frame.count
    return true
  }

  mutating func drop() {
    frames = []
    bytes = 0
  }
}
