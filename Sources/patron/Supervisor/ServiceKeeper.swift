import Foundation
import ServiceKit
import Synchronization

/// Keeps one service running until its task is cancelled; then lets it drain and returns when it has ended.
///
/// A service that dies is started again on the ports it had, since the others know them, after a pause that grows with each death in
/// short order. One that has never served is not: its configuration or its data is wrong, and the reason stands in its log.
final class ServiceKeeper: Sendable {
  /// How a service is started; `listen` and `admin` are where.
  typealias Arguments = @Sendable (_ listen: String, _ admin: String) -> [String]

  static let longestStart = Duration.seconds(60)
  /// Calls in flight (`drain-timeout` and their handlers' grace, 25 s); then the gateway's decision and its steps past it (each
  /// `commit-deadline` and one `upstream-timeout`, 30 s) and the last CompleteOrder (`upstream-timeout`, 5 s); and 5 s for the database's
  /// log. compose.yaml waits as long.
  static let longestDrain = Duration.seconds(65)
  private static let readyInterval = Duration.milliseconds(20)
  private static let shortestPause = Duration.milliseconds(100)
  private static let longestPause = Duration.seconds(5)
  /// A service that lived this long starts again after the shortest pause.
  private static let steadyLife = Duration.seconds(10)

  private struct State {
    var hasServed = false
    var process: ChildProcess?
    var isServing = false
  }

  private let name: String
  private let executable: String
  private let ports: PortPlan
  private let arguments: Arguments
  private let folder: DataFolder
  private let live: LiveServices
  private let say: @Sendable (String) -> Void
  private let state = Mutex(State())

  init(
    _ name: String, executable: String, ports: PortPlan, folder: DataFolder, live: LiveServices,
    say: @escaping @Sendable (String) -> Void, arguments: @escaping Arguments
  ) {
    self.name = name
    self.executable = executable
    self.ports = ports
    self.folder = folder
    self.live = live
    self.say = say
    self.arguments = arguments
  }

  /// Whether it has served since it was first started.
  var hasServed: Bool { state.withLock { $0.hasServed } }

  /// Ends it at once, for a supervisor that was told twice to stop.
  func kill() { state.withLock { $0.process }?.send(SIGKILL) }

  func keep() async throws {
    var pause = Self.shortestPause
    while !Task.isCancelled {
      let start = ContinuousClock.now
      let end = try await runOnce()
      if Task.isCancelled { break }
      guard hasServed else {
        throw CommandError(
          "\(name) \(end) before it served; \(folder.log(of: name)) ends with: \(LogRotation.lastLine(folder.log(of: name)))")
      }
      if ContinuousClock.now - start > Self.steadyLife { pause = Self.shortestPause }
      say("\(name) \(end); starting it again")
      try? await Task.sleep(for: pause)
      pause = min(pause * 2, Self.longestPause)
    }
    say("\(name) stopped")
  }

  private func runOnce() async throws -> ChildProcess.End {
    let readyFile = folder.readyFile(of: name)
    try? FileManager.default.removeItem(atPath: readyFile)
    let known = live[name]
    let planned = ports.addresses(of: name)
    let process = try ChildProcess.start(
      executable, arguments(known?.rpc ?? planned.rpc, known?.admin ?? planned.admin), log: folder.log(of: name))
    state.withLock { state in
      state.process = process
      state.isServing = false
    }
    return await withTaskGroup(of: Void.self) { group in
      group.addTask { await self.noticeServing(process) }
      let end = await withTaskCancellationHandler {
        await process.end()
      } onCancel: {
        // One that does not serve yet has nothing to drain, and may not listen to SIGTERM yet.
        if self.state.withLock({ $0.isServing }) { process.stop(patience: Self.longestDrain) } else { process.send(SIGKILL) }
      }
      group.cancelAll()
      return end
    }
  }

  /// Waits for the service's ready file; one that takes too long is killed, which starts it again or ends the start.
  private func noticeServing(_ process: ChildProcess) async {
    let deadline = ContinuousClock.now + Self.longestStart
    while ContinuousClock.now < deadline {
      if let ready = ReadyFile(contentsOf: folder.readyFile(of: name)), ready.pid == process.pid {
        do { try live.set(name, ready) } catch { say("cannot write \(folder.addresses): \(error)") }
        state.withLock { state in
          state.hasServed = true
          state.isServing = true
        }
        say("\(name) serves on \(ready.rpc) (admin \(ready.admin), process \(ready.pid))")
        return
      }
      guard (try? await Task.sleep(for: Self.readyInterval)) != nil else { return }
    }
    say("\(name) did not serve within \(Self.longestStart)")
    process.send(SIGKILL)
  }
}
