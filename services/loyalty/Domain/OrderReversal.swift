internal import Foundation

/// A return, as it was carried out.
struct OrderReversal: Equatable, Sendable {
  /// What the return asked for. A second Reverse under the same return must ask for the same.
  struct Terms: Equatable, Sendable {
    var orderID: String
    var refundedBefore: Int64
    var refundedAfter: Int64
    var refundedTotal: Int64
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
