internal import Foundation

/// A member's balances as they are kept: the folds of the ledger and of the lots.
struct MemberAccount: Equatable, Sendable {
  var memberID: String
  /// In lots and not held, pending and lapsed ones included.
  var points: Int64
  var held: Int64
  var debt: Int64
  var lifetimeEarned: Int64
  var lifetimeSpent: Int64
  /// The number of the last ledger transaction.
  var lastNumber: Int64
  /// The tier that was last made known by an event.
  var announcedTierCode: String
  /// When the latest order was committed; nil before the first.
  var lastOrderAt: Date?
  /// How many tiers were ever granted to the member.
  var tierGrants: Int64 = 0
  /// Whether the member wants to stand on the leaderboards.
  var isOnLeaderboards = false

  /// A member with no entries.
  static func empty(_ memberID: String) -> MemberAccount {
    MemberAccount(
      memberID: memberID, points: 0, held: 0, debt: 0, lifetimeEarned: 0, lifetimeSpent: 0, lastNumber: 0, announcedTierCode: "")
  }
}
