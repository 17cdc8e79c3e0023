internal import Foundation

/// A wallet or a gift card, as its row says.
struct ValueAccount: Equatable, Sendable {
  enum Kind: String, Sendable, CaseIterable {
    /// A member's own, one a jurisdiction.
    case wallet
    case giftCard = "gift_card"
  }

  enum State: String, Sendable, CaseIterable {
    /// A card that nobody bought yet. Leaves to `active`, by its sale or as the replacement of another.
    case inactive
    /// Leaves to `frozen` and `blocked`.
    case active
    /// Leaves to `active` and `blocked`.
    case frozen
    /// Final: what is left can only be transferred.
    case blocked
  }

  var accountID: String
  var kind: Kind
  var state: State
  /// Empty for an anonymous card.
  var memberID: String
  var jurisdiction: String
  var currencyCode: String
  var numberLastFour: String
  var hasPIN: Bool
  /// Wrong ones in a row.
  var pinTries: Int
  /// Neither held nor posted as expired.
  var parts: ValueParts
  var held: ValueParts
  /// The first instant after its last day.
  var expiresAt: Date
  var lastNumber: Int64
  var createdAt: Date

  var isNamed: Bool { !memberID.isEmpty }

  /// What may be spent at `instant`.
  func spendable(at instant: Date) -> ValueParts {
    state == .active && expiresAt > instant ? parts : .nothing
  }

  /// What lies in it at `instant`, whatever its state. What is held for an order does not expire.
  func remaining(at instant: Date) -> ValueParts {
    (expiresAt > instant ? parts : .nothing) + held
  }
}

/// What one sale, import or correction brought in, or a transfer brought along. Drawn in the order in which it was sold.
struct ValueLot: Equatable, Sendable {
  var lotID: String
  /// Who sold it, and settles for it with whoever redeems it.
  var storeID: String
  var soldAt: Date
  var parts: ValueParts
}
