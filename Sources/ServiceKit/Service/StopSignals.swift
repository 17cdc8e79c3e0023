import Foundation
import Logging
import ServiceLifecycle
import UnixSignals

/// Runs a service group until something asks for its end: SIGTERM or SIGINT, or the end of the parent process.
///
/// The first signal drains. A second one means that whoever asked is out of patience: the process ends at once, which the
/// database survives as it survives a power cut. `StopPatience` says which signal is a second one.
struct StopSignals {
  private let signals: UnixSignalsSequence
  private let exitsWithParent: Bool
  private let logger: Logger

  /// From here on a signal is kept until `run` takes it. Made before the service says that it is ready: a signal that came
  /// between the two would end the process without a drain.
  init(exitsWithParent: Bool, logger: Logger) async {
    self.signals = await UnixSignalsSequence(trapping: .sigterm, .sigint)
    self.exitsWithParent = exitsWithParent
    self.logger = logger
  }

  func run(_ group: ServiceGroup) async throws {
    let result = await withTaskGroup(of: Void.self, returning: Result<Void, any Error>.self) { watchers in
      watchers.addTask { await drainOnSignal(group) }
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

  private func drainOnSignal(_ group: ServiceGroup) async {
    var patience = StopPatience()
    for await signal in signals {
      switch patience.answer(to: signal, at: .now) {
      case .drain:
        logger.info("asked to stop", metadata: ["signal": "\(signal)"])
        await group.triggerGracefulShutdown()
      case .ignore: continue
      case .endAtOnce:
        logger.warning("stopping at once", metadata: ["signal": "\(signal)"])
        LogSink.standardOutput.flush()
        _exit(128 + signal.rawValue)
      }
    }
  }

  private func drainAfterParent(_ group: ServiceGroup) async {
    guard (try? await ParentWatch.parentHasEnded()) != nil else { return }
    logger.warning("the parent process has ended: draining")
    await group.triggerGracefulShutdown()
  }
}
