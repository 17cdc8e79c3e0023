/// One step of one use between the three accounts that every limited thing has.
///
/// The ledger of uses is double-entry: each entry takes one use out of an account and puts it into another, so the accounts
/// of a promotion, a member or a code always sum to what they began with, and `held` and `used` are folds of the entries.
enum UseMovement: Int64, Sendable, Hashable, CaseIterable {
  /// A checkout sets it aside.
  case hold = 1
  /// The order was completed.
  case commit = 2
  /// The order was cancelled.
  case release = 3
  /// The whole order was returned.
  case reverse = 4

  var from: UseAccount {
    switch self {
    case .hold: .available
    case .commit, .release: .held
    case .reverse: .used
    }
  }

  var to: UseAccount {
    switch self {
    case .hold: .held
    case .commit: .used
    case .release, .reverse: .available
    }
  }

  var heldDelta: Int64 { delta(of: .held) }
  var usedDelta: Int64 { delta(of: .used) }

  private func delta(of account: UseAccount) -> Int64 {
    (to == account ? 1 : 0) - (from == account ? 1 : 0)
  }

  /// Why the ledger says it happened.
  var reason: String {
    switch self {
    case .hold: "ORDER_HELD"
    case .commit: "ORDER_COMMITTED"
    case .release: "ORDER_CANCELLED"
    case .reverse: "ORDER_RETURNED"
    }
  }
}

enum UseAccount: Int64, Sendable, Hashable {
  case available = 0
  case held = 1
  case used = 2
}
