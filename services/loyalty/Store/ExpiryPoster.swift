internal import Database
internal import Foundation
internal import Logging
internal import ServiceKit

/// Writes down the expiry of points whose members do nothing, of holds of rewards, and of cards that nobody uses, and what draws owe: a few a round, each member and each card in a
/// write of its own.
///
/// Nothing depends on it: every reader leaves lapsed points out at their instant, and a member's own next write posts them too. So a
/// round may be late, or be cut short, and there is never a sweep that a till waits for.
///
/// A member whose expiry cannot be posted stands in nobody's way: it is told in the log and tried again with the next pass. A pass also
/// forgets card secrets that have expired, which nobody is shown by then.
struct ExpiryPoster: Sendable {
  let environment: ServiceEnvironment
  let interval: Duration
  let batch: Int

  func run() async throws {
    while !Task.isCancelled {
      do {
        try await pass()
      } catch let error where !(error is CancellationError) {
        log(error)
      }
      try await Task.sleep(for: interval)
    }
  }

  /// Rounds until nothing is left that lapsed before the pass. The writes between are the tills' chance to go first.
  func pass() async throws {
    var round = Round(size: batch, last: nil)
    while round.size == batch { round = try await postRound(after: round.last) }
    try await postHolds()
    try await DrawSettler(environment: environment).pass { log($0) }
    try await postCards()
    try await forgetCardSecrets()
  }

  /// Numbers and PINs of new cards, and rights to spend.
  private func forgetCardSecrets() async throws {
    let now = environment.clock.now()
    guard try await environment.database.read({ snapshot in try CardSecretStore.hasExpired(at: now, snapshot) }) else { return }
    try await environment.database.write { transaction in try CardSecretStore.forgetExpired(at: now, transaction) }
  }

  /// Holds of rewards that ran out: their points, which are their members', and their stock, which is the rewards'.
  private func postHolds() async throws {
    let now = environment.clock.now()
    let (members, codes) = try await environment.database.read { [batch] snapshot in
      (
        try RedemptionStore.membersWithLapsed(at: now, limit: batch, snapshot),
        try RewardStockStore.codesWithLapsed(at: now, limit: batch, snapshot)
      )
    }
    for memberID in members {
      try Task.checkCancellation()
      do {
        try await post(memberID, at: now)
      } catch let error where !(error is CancellationError) {
        log(error, memberID: memberID)
      }
    }
    for code in codes {
      try await environment.database.write(locking: LoyaltyLocks.reward) { transaction in
        _ = try RewardStockStore.take(code, at: now, transaction)
      }
    }
  }

  /// Each account with value that has lapsed, the longest lapsed first.
  private func postCards() async throws {
    let now = environment.clock.now()
    var last: (expiresAt: Int64, accountID: String)?
    while true {
      let (from, limit) = (last, batch)
      let lapsed = try await environment.database.read { snapshot in
        try ValueAccountStore.lapsed(at: now, after: from, limit: limit, snapshot)
      }
      for (_, accountID) in lapsed {
        try Task.checkCancellation()
        do {
          let ids = MovementIDs(from: environment.ids.next("ent"))
          // Opening posts what lapsed.
          try await environment.database.write { transaction in
            _ = try AccountLedger.open(accountID, at: now, ids: ids, transaction)
          }
        } catch let error where !(error is CancellationError) {
          log(error, accountID: accountID)
        }
      }
      guard lapsed.count == batch else { return }
      last = lapsed.last
    }
  }

  struct Round: Equatable {
    /// How many lots it looked at; less than a batch when none is left.
    var size: Int
    var last: LotStore.Lapsed?
  }

  /// Posts for the members of the `batch` longest lapsed lots after `previous`.
  @discardableResult
  func postRound(after previous: LotStore.Lapsed? = nil) async throws -> Round {
    let now = environment.clock.now()
    let lapsed = try await environment.database.read { snapshot in
      try LotStore.lapsedLots(at: now, after: previous, limit: batch, snapshot)
    }
    for memberID in Set(lapsed.map(\.memberID)).sorted() {
      try Task.checkCancellation()
      do {
        try await post(memberID, at: now)
      } catch let error where !(error is CancellationError) {
        log(error, memberID: memberID)
      }
    }
    return Round(size: lapsed.count, last: lapsed.last)
  }

  private func post(_ memberID: String, at now: Date) async throws {
    let ids = MovementIDs(from: environment.ids.next("ent"))
    try await environment.database.write(locking: LoyaltyLocks.member) { transaction in
      var member = try MemberLedger.open(memberID, at: now, ids: ids, transaction)
      try member.closeQuietly()
    }
  }

  private func log(_ error: any Error, memberID: String? = nil, accountID: String? = nil) {
    // These two carry no value of a row; of any other the type is told.
    let text = error is DatabaseError || error is LedgerFault ? "\(error)" : "\(type(of: error))"
    var metadata: Logger.Metadata = ["error": "\(text)"]
    if let memberID { metadata["member_id"] = "\(memberID)" }
    if let accountID { metadata["account_id"] = "\(accountID)" }
    environment.logger.error(
      accountID == nil ? "expired points, or those of a draw, could not be posted" : "an expired card could not be posted",
      metadata: metadata)
  }
}
