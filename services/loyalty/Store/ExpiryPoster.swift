internal import Database
internal import Foundation
internal import ServiceKit

/// Writes down the expiry of points whose members do nothing: a few lots a round, each member in a write of its own.
///
/// Nothing depends on it: every reader leaves lapsed points out at their instant, and a member's own next write posts them too. So a
/// round may be late, or be cut short, and there is never a sweep that a till waits for.
struct ExpiryPoster: Sendable {
  let environment: ServiceEnvironment
  let interval: Duration
  let batch: Int

  func run() async throws {
    while !Task.isCancelled {
      do {
        // A full round means that more is waiting; the writes between are the tills' chance to go first.
        while try await postRound() == batch { try Task.checkCancellation() }
      } catch let error as DatabaseError {
        environment.logger.warning("expired points could not be posted", metadata: ["error": "\(error)"])
      }
      try await Task.sleep(for: interval)
    }
  }

  /// Posts for the members of the `batch` longest lapsed lots, and says how many lots those were.
  @discardableResult
  func postRound() async throws -> Int {
    let now = environment.clock.now()
    let lapsed = try await environment.database.read { snapshot in
      try LotStore.lapsedLots(at: now, limit: batch, snapshot)
    }
    for memberID in Set(lapsed.map(\.memberID)).sorted() {
      try Task.checkCancellation()
      let ids = MovementIDs(from: environment.ids.next("ent"))
      try await environment.database.write { transaction in
        var member = try MemberLedger.open(memberID, at: now, ids: ids, transaction)
        try member.closeQuietly()
      }
    }
    return lapsed.count
  }
}
