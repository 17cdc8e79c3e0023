import Database
import Foundation
import ServiceKit

/// The vault's work in the background, once a day: after a rotation of the master keys it wraps the members' keys anew, it finishes erasures that a
/// full disk interrupted, and it destroys keys whose members never came.
struct VaultUpkeep {
  private static let interval = Duration.seconds(24 * 3_600)

  let members: Members
  let environment: ServiceEnvironment

  func run() async throws {
    while !Task.isCancelled {
      do {
        try await once()
      } catch let error as DatabaseError {
        // The next round tries again; a full disk must not stop the service from answering.
        environment.logger.warning("could not tend the members' keys", metadata: ["error": "\(error)"])
      } catch let error as VaultError {
        environment.logger.error("a member's key is damaged", metadata: ["error": "\(error)"])
      } catch let error as ConfigError {
        environment.logger.error("the erasure log cannot be read", metadata: ["error": "\(error)"])
      }
      try await Task.sleep(for: Self.interval)
    }
  }

  func once() async throws {
    let vault = members.keeping.vault
    let wrapped = try await vault.wrapAnew()
    if wrapped > 0 {
      environment.logger.notice(
        "wrapped members' keys anew; master keys that are not current wrap nothing any more", metadata: ["keys": "\(wrapped)"])
    }
    try await members.erasures.applyLog()
    let database = environment.database
    let swept = try await vault.sweep { memberIDs in
      try await database.read { snapshot in
        Set(try memberIDs.filter { try MemberStore.standing(of: $0, in: snapshot) != .absent })
      }
    }
    if swept > 0 { environment.logger.info("destroyed keys whose members never came", metadata: ["keys": "\(swept)"]) }
  }
}
