internal import Foundation

/// A line of a card's statement.
struct EntitlementEntry: Equatable, Sendable {
  enum Kind: String, Sendable {
    case issue, renew, use, freeze, unfreeze, refund
    case useReversal = "use_reversal"
  }

  var entryID: String
  var kind: Kind
  var period: Int64
  /// Added to what may be used, or taken from it; 0 where the period has no count.
  var uses: Int64 = 0
  var days: Int64 = 0
  /// Paid, above 0, or paid back.
  var money: Int64 = 0
  var currencyCode = ""
  var useID = ""
  var origin: LedgerOrigin
  var reference = ""
  var reason = ""
  var postedAt: Date
}
