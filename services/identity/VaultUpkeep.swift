import Database
import Foundation
import ServiceKit

/// The vault's work in the background, once a day: after a rotation of the master keys it wraps the members' keys anew, it finishes erasures that a
/// full disk interrupted, and it destroys keys whose members never came.
struct VaultUpkeep {
  private static let interval = Duration.seconds(24 * 3_600)
  /// After which a replica that found another at it looks again.
  private static let pause = Duration.seconds(60)

  let members: Members
  let environment: ServiceEnvironment

  func run() async throws {
    while !Task.isCancelled {
      var isDone = false
      try await attempt("tend the members' keys") {
        isDone = try await members.keeping.vault.alone(at: environment.clock.now()) { try await once() } != nil
      }
      try await Task.sleep(for: isDone ? Self.interval : Self.pause)
    }
  }

  /// Each step by itself: a key that is damaged must not hold up an erasure. The next round tries again; a full disk must not stop the service
  /// from answering.
  func once() async throws {
    try await attempt("finish erasures") { try await members.erasures.applyLog() }
    try await attempt("sweep the members' keys") { try await sweep() }
    try await attempt("wrap the members' keys anew") { try await wrapAnew() }
  }

  private func attempt(_ what: String, _ step: () async throws -> Void) async throws {
    do {
      try await step()
    } catch is CancellationError {
      throw CancellationError()
    } catch {
      // Only our own errors are known to hold no value.
      let isOurs = error is DatabaseError || error is VaultError || error is ConfigError
      environment.logger.error("could not \(what)", metadata: ["error": "\(isOurs ? "\(error)" : "\(type(of: error))")"])
    }
  }

  private func wrapAnew() async throws {
    let wrapped = try await members.keeping.vault.wrapAnew()
    if wrapped > 0 {
      environment.logger.notice(
        "wrapped members' keys anew; master keys that are not active wrap nothing any more, but for backups from before",
        metadata: ["keys": "\(wrapped)"])
    }
  }

  private func sweep() async throws {
    let database = environment.database
    let now = environment.clock.now()
    let swept = try await members.keeping.vault.sweep(at: now) { memberIDs in
      try await database.read { snapshot in
        Set(try memberIDs.filter { try MemberStore.standing(of: $0, in: snapshot) != .absent })
      }
    } retire: { memberIDs in
      try await database.write { try MemberStore.retire(memberIDs, at: now, in: $0) }
    }
    if swept > 0 { environment.logger.info("destroyed keys whose members never came", metadata: ["keys": "\(swept)"]) }
  }
}
