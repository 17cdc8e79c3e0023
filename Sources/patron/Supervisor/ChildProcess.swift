import Foundation
import Synchronization

/// One run of a service's program, from its start to its end. Its output goes straight into its log, so that no word of it is lost
/// when the supervisor dies, and the supervisor's terminal stays readable.
///
/// Started by `posix_spawn` and not by Foundation's `Process`, which hands on the signal mask of the thread that happens to start it:
/// threads of Swift's pool block SIGTERM, and a program that starts with it blocked never hears that it should stop.
final class ChildProcess: Sendable {
  enum End: Sendable, CustomStringConvertible {
    case exited(Int32)
    case killed(signal: Int32)

    var description: String {
      switch self {
      case .exited(let code): "ended with exit code \(code)"
      case .killed(let signal): "was killed by signal \(signal)"
      }
    }
  }

  private enum State {
    case running(waiting: CheckedContinuation<End, Never>?)
    case ended(End)
  }

  let pid: Int32
  private let state: Mutex<State>

  /// - Parameter log: appended to.
  static func start(_ executable: String, _ arguments: [String], log: String) throws -> ChildProcess {
    try LogRotation.rotate(log)
    let child = ChildProcess(pid: try SpawnRequest(executable: executable, arguments: arguments, log: log).spawn())
    // A thread of its own, since waiting blocks it; there are five.
    Thread.detachNewThread { child.didEnd(waitForEnd(child.pid)) }
    return child
  }

  private static func waitForEnd(_ pid: Int32) -> End {
    var status: Int32 = 0
    while waitpid(pid, &status, 0) < 0 && errno == EINTR {}
    // WIFSIGNALED and its like are macros that Swift does not see: the low seven bits are the signal, the next byte is the code.
    let signal = status & 0x7F
    return signal == 0 ? .exited((status >> 8) & 0xFF) : .killed(signal: signal)
  }

  private init(pid: Int32) {
    self.pid = pid
    self.state = Mutex(.running(waiting: nil))
  }

  /// Waits for the end, whether the task is cancelled or not. Asked for by one task.
  func end() async -> End {
    await withCheckedContinuation { continuation in
      let end: End? = state.withLock { state in
        switch state {
        case .running:
          state = .running(waiting: continuation)
          return nil
        case .ended(let end): return end
        }
      }
      if let end { continuation.resume(returning: end) }
    }
  }

  private func didEnd(_ end: End) {
    let waiting: CheckedContinuation<End, Never>? = state.withLock { state in
      guard case .running(let waiting) = state else { return nil }
      state = .ended(end)
      return waiting
    }
    waiting?.resume(returning: end)
  }

  /// Sends `signal` unless it has ended, in which case its id may be another process's.
  func send(_ signal: Int32) {
    state.withLock { state in
      if case .running = state { kill(pid, signal) }
    }
  }

  /// Asks it to drain; what still runs after `patience` is killed, which its database survives.
  func stop(patience: Duration) {
    send(SIGTERM)
    DispatchQueue.global().asyncAfter(deadline: .now() + .seconds(Int(patience.components.seconds))) { self.send(SIGKILL) }
  }
}
