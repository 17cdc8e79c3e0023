internal import Foundation

/// A return, as it was carried out.
struct OrderReversal: Equatable, Sendable {
  /// What the return asked for. A second Reverse under the same return must ask for the same.
  struct Terms: Equatable, Sendable {
    var orderID: String
    var refundedBefore: Int64
    var refundedAfter: Int64
    var refundedTotal: Int64
    var earnedBefore: Int64 = 0
    var earnedAfter: Int64 = 0
    var earnedTotal: Int64 = 0

    /// Of what was spent, and of growth value. Nil when it contradicts itself.
    var moneyShare: CumulativeShare? { CumulativeShare(before: refundedBefore, after: refundedAfter, total: refundedTotal) }

    /// Of earned points. Nil when it contradicts itself.
    var earnedShare: CumulativeShare? {
      earnedTotal == 0 ? moneyShare : CumulativeShare(before: earnedBefore, after: earnedAfter, total: earnedTotal)
    }
  }

  struct Shares: Equatable, Sendable {
    var money: CumulativeShare
    var earned: CumulativeShare
  }

  /// What is to go back to an account that paid.
  struct ValueRefund: Equatable, Sendable {
    var accountID: String
    var amount: Int64
  }

  var returnID: String
  var terms: Terms
  var pointsTakenBack: Int64
  var pointsGivenBack: Int64
  var growthTakenBack: Int64
  /// The part of `pointsTakenBack` that became debt.
  var debt: Int64
}
