import Synchronization

/// The writer asks to begin the log anew, the archiver lets it when the archive has all of it. Neither waits for long for the other: the archive
/// may lie on a disk that hangs, and then the writer goes on with the log as it is.
///
/// `asked → granted → finished → held`, or `asked → refused`, or `asked → abandoned`.
final class CutRequest: Sendable {
  private enum State { case asked, granted, refused, abandoned }

  private let state = Mutex(State.asked)
  private let answers = BlockingQueue<LogOrigin?>(limit: 1)
  private let ends = BlockingQueue<Bool>(limit: 1)
  private let holds = BlockingQueue<Void>(limit: 1)

  // MARK: From the writer's thread

  /// Where the next log would come from, once the log before it may go; nil when it may not. Nothing is committed until then.
  func waitForGrant(within patience: Duration) -> LogOrigin? {
    if case .element(let answer) = answers.takeOne(within: patience) { return answer }
    let isGranted = state.withLock { state in
      if state == .asked { state = .abandoned }
      return state == .granted
    }
    // What is granted comes at once.
    guard isGranted, case .element(let answer) = answers.takeOne(within: nil) else { return nil }
    return answer
  }

  /// Says whether it has begun anew, and waits until the log is held again.
  func finish(isNew: Bool) {
    _ = ends.offer(isNew)
    _ = holds.takeOne(within: nil)
  }

  // MARK: From the archiver's thread

  /// Lets go of the log and says so, unless the writer no longer waits. Returns whether the log has begun anew, once the writer has tried.
  func grant(_ origin: LogOrigin, lettingGo release: () -> Void) -> Bool {
    let isGranted = state.withLock { state in
      if state == .asked { state = .granted }
      return state == .granted
    }
    guard isGranted else { return false }
    release()
    _ = answers.offer(origin)
    if case .element(let isNew) = ends.takeOne(within: nil) { return isNew }
    return false
  }

  func refuse() {
    state.withLock { if $0 == .asked { $0 = .refused } }
    _ = answers.offer(nil)
  }

  /// After `grant`, once the log is held.
  func hold() { _ = holds.offer(()) }
}
