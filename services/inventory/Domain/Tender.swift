/// How a part of an order is paid, or of a return is paid back.
struct Tender: Equatable, Sendable {
  enum Kind: Int64, Sendable, CaseIterable {
    case cash = 1
    case card = 2
    case points = 3
    case storedValue = 4
    case voucher = 5
  }

  var kind: Kind
  var amount: Int64
  /// What the customer handed over, in cash.
  var tenderedAmount: Int64?
  var changeAmount: Int64?
  var externalReference: String
  var points: Int64
}

/// What must hold of the tenders that complete an order.
enum TenderRules {
  /// They pay exactly what is due, and those that were held when the checkout began (points, stored value) are among them unchanged: what
  /// participants will commit was fixed by the hold.
  static func check(_ tenders: [Tender], amountDue: Int64, held: [Tender]) throws(InventoryRefusal) {
    let paid = tenders.reduce(0) { $0 + $1.amount }
    guard paid == amountDue else { throw .tendersDoNotSum(amountDue: amountDue, tendered: paid) }
    guard heldKinds(in: tenders) == heldKinds(in: held) else { throw .heldTendersChanged }
  }

  static func pointsSpent(_ tenders: [Tender]) -> Int64 {
    tenders.reduce(0) { $0 + $1.points }
  }

  private static func heldKinds(in tenders: [Tender]) -> [Tender] {
    tenders.filter { $0.kind == .points || $0.kind == .storedValue }
  }
}
