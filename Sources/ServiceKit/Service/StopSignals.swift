import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a service group until something asks for its end: SIGTERM or SIGINT, or the end of the parent process.
///
/// The first signal drains. A second one means that whoever asked is out of patience: the process ends at once, which the
/// database survives as it survives a power cut.
struct StopSignals {
  let exitsWithParent: Bool
  let logger: Logger

  func run(_ group: ServiceGroup) async throws {
    let signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    let result = await withTaskGroup(of: Void.self, returning: Result<Void, any Error>.self) { watchers in
      watchers.addTask { await drainOnSignal(signals, group) }
      if exitsWithParent { watchers.addTask { await drainAfterParent(group) } }
      let result: Result<Void, any Error>
      do {
        try await group.run()
        result = .success(())
      } catch {
        result = .failure(error)
      }
      watchers.cancelAll()
      return result
    }
    try result.get()
  }

  private func drainOnSignal(_ signals: UnixSignalsSequence, _ group: ServiceGroup) async {
    var isDraining = false
    for await signal in signals {
      if isDraining {
        logger.warning("stopping at once", metadata: ["signal": "\(signal)"])
        LogSink.standardOutput.flush()
        _exit(128 + signal.rawValue)
      }
      isDraining = true
      logger.info("asked to stop", metadata: ["signal": "\(signal)"])
      await group.triggerGracefulShutdown()
    }
  }

  private func drainAfterParent(_ group: ServiceGroup) async {
    guard (try? await ParentWatch.parentHasEnded()) != nil else { return }
    logger.warning("the parent process has ended: draining")
    await group.triggerGracefulShutdown()
  }
}
