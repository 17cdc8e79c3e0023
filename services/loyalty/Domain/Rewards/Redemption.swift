internal import Foundation

/// A reward that a member holds or has taken.
struct Redemption: Equatable, Sendable {
  /// held → committed; held → cancelled or lapsed. What was handed out, or reversed, stands beside it.
  enum State: String, Sendable { case held, committed, cancelled, lapsed }

  var redemptionID: String
  var memberID: String
  var code: String
  var version: Int64
  var state: State
  /// Held; of a committed one, what was taken of that.
  var quantity: Int64
  var reversed: Int64 = 0
  /// For one, by the version that it was held by.
  var points: Int64
  var cash: Int64
  var currencyCode: String
  var storeID: String
  var clientID: String
  var staffID: String
  var reference: String
  var paymentReference = ""
  var fulfilmentReference = ""
  /// In the reward's zone.
  var day: Int64
  var heldUntil: Date
  var createdAt: Date
  var resolvedAt: Date?
  var fulfilledAt: Date?

  /// A hold that has run out is none, written down or not.
  func state(at instant: Date) -> State { state == .held && heldUntil <= instant ? .lapsed : state }

  /// What is set aside for it, or was spent on it and has not come back.
  var totalPoints: Int64 { points * (quantity - reversed) }

  /// Who the entries come from.
  var origin: LedgerOrigin { LedgerOrigin(clientID: clientID, staffID: staffID, storeID: storeID) }
}
