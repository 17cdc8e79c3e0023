import Synchronization

/// Tells how far a long verification has come: overwritten where a person watches, else a line now and then. A short one says nothing.
final class VerificationProgress: Sendable {
  private static let silence = Duration.seconds(2)
  private static let pauseForPeople = Duration.milliseconds(100)
  private static let pauseForLogs = Duration.seconds(5)

  private let start = ContinuousClock.now
  private let lastSaid = Mutex<ContinuousClock.Instant?>(nil)

  func say(_ step: String) {
    let now = ContinuousClock.now
    let pause = Terminal.isInteractive ? Self.pauseForPeople : Self.pauseForLogs
    let isDue = lastSaid.withLock { last in
      guard now - start >= Self.silence, last.map({ now - $0 >= pause }) ?? true else { return false }
      last = now
      return true
    }
    guard isDue else { return }
    if Terminal.isInteractive { Terminal.overwriteLine("verify: \(step)") } else { Terminal.printError("verify: \(step)") }
  }

  func finish() {
    if Terminal.isInteractive, lastSaid.withLock({ $0 != nil }) { Terminal.clearLine() }
  }
}
