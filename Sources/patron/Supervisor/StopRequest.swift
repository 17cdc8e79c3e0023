import Synchronization

/// Whether the supervisor was asked to stop. Asked once, known to all.
final class StopRequest: Sendable {
  private let flag = Atomic<Bool>(false)
  private let stream: AsyncStream<Void>
  private let continuation: AsyncStream<Void>.Continuation

  init() { (stream, continuation) = AsyncStream.makeStream() }

  var isMade: Bool { flag.load(ordering: .relaxed) }

  func make() {
    flag.store(true, ordering: .relaxed)
    continuation.finish()
  }

  /// Returns when it is made, or the task is cancelled. One task waits.
  func wait() async {
    for await _ in stream {}
  }
}
