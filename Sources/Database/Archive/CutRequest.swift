import Synchronization

/// The writer asks to cut the log back, the archiver lets it when the archive has all of it. Neither waits for long for the other: the archive
/// may lie on a disk that hangs, and then the writer goes on without the cut.
///
/// `asked → granted → finished → held`, or `asked → refused`, or `asked → abandoned`.
final class CutRequest: Sendable {
  private enum State { case asked, granted, refused, abandoned }

  private let state = Mutex(State.asked)
  private let answers = BlockingQueue<Void>(limit: 1)
  private let ends = BlockingQueue<Bool>(limit: 1)
  private let holds = BlockingQueue<Void>(limit: 1)

  // MARK: From the writer's thread

  /// Whether the log may be cut back now. Nothing is committed until `finish`.
  func waitForGrant(within patience: Duration) -> Bool {
    _ = answers.takeOne(within: patience)
    return state.withLock { state in
      if state == .asked { state = .abandoned }
      return state == .granted
    }
  }

  /// Says whether it was cut back, and waits until the log is held again.
  func finish(isCut: Bool) {
    _ = ends.offer(isCut)
    _ = holds.takeOne(within: nil)
  }

  // MARK: From the archiver's thread

  /// False when the writer no longer waits.
  func grant() -> Bool {
    let isGranted = state.withLock { state in
      if state == .asked { state = .granted }
      return state == .granted
    }
    _ = answers.offer(())
    return isGranted
  }

  func refuse() {
    state.withLock { if $0 == .asked { $0 = .refused } }
    _ = answers.offer(())
  }

  /// After `grant`: whether the log was cut back.
  func waitForFinish() -> Bool {
    if case .element(let isCut) = ends.takeOne(within: nil) { return isCut }
    return false
  }

  func hold() { _ = holds.offer(()) }
}
