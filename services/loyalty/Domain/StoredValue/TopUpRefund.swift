/// What a refund of a top-up takes from the customer, and what it pays out.
///
/// Charge 1,000, get 100, spend the 100, take the 1,000 back: so the bonus goes back in proportion to the principal, by a cumulative floor, and
/// what of it is spent already comes off the money.
struct TopUpRefund: Equatable, Sendable {
  /// A top-up, and what earlier refunds took of it.
  struct TopUp: Equatable, Sendable {
    var loaded: ValueParts
    var refunded: ValueParts
  }

  /// Principal as asked, and the bonus that its lot still has.
  var taken: ValueParts
  /// The bonus that was due, spent part included: what the top-up counts as refunded.
  var counted: ValueParts
  /// At least 0.
  var paidOut: Int64

  /// Nil when more is asked than is left of the top-up, or of its lot.
  static func plan(_ amount: Int64, of topUp: TopUp, lot: ValueParts) -> TopUpRefund? {
    let after = topUp.refunded.principal + amount
    guard after <= topUp.loaded.principal, amount <= lot.principal else { return nil }
    let due = Int64(Int128(topUp.loaded.bonus) * Int128(after) / Int128(topUp.loaded.principal)) - topUp.refunded.bonus
    let bonus = min(due, lot.bonus)
    return TopUpRefund(
      taken: ValueParts(principal: amount, bonus: bonus), counted: ValueParts(principal: amount, bonus: due),
      paidOut: max(0, amount - (due - bonus)))
  }
}
