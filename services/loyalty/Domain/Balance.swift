internal import Foundation

/// A member's standing at one instant.
struct Balance: Equatable, Sendable {
  var memberID: String
  var spendable: Int64
  var pending: Int64
  var held: Int64
  var debt: Int64
  var tier: TierStanding
  var asOf: Date
  var lifetimeEarned: Int64
  var lifetimeSpent: Int64

  /// Of the tier window.
  var growthValue: Int64 { tier.measured.growthValue }
}
