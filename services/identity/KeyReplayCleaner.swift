import Database
import ServiceKit

/// Deletes keys whose replay window has closed, once a minute. A key past its window is not shown even before its row is gone.
struct KeyReplayCleaner {
  private static let interval = Duration.seconds(60)

  let environment: ServiceEnvironment

  func run() async throws {
    while !Task.isCancelled {
      let now = environment.clock.now()
      do {
        try await environment.database.write { transaction in try ApiKeyReplayStore.forgetExpired(at: now, in: transaction) }
      } catch let error as DatabaseError {
        // The next round tries again; a full disk must not stop the service from answering.
        environment.logger.warning("could not delete keys past their replay window", metadata: ["error": "\(error)"])
      }
      try await Task.sleep(for: Self.interval)
    }
  }
}
