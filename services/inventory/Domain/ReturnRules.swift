/// How much of an order may come back. The statements that count a return are guarded by the same rules (Store/ReturnStore);
/// these are for what a statement cannot see alone.
enum ReturnRules {
  /// A line of the order with what has come back of it.
  struct Line: Equatable, Sendable {
    var number: Int
    var kind: SaleLine.Kind
    var quantity: Int64
    var returnedQuantity: Int64
    var adjustmentIsReturned: Bool

    /// Nothing of it is left to return.
    var isExhausted: Bool {
      switch kind {
      case .sale: returnedQuantity == quantity
      case .adjustment: adjustmentIsReturned
      }
    }
  }

  struct Ask: Equatable, Sendable {
    var lineNumber: Int
    /// 0 on an ADJUSTMENT line.
    var quantity: Int64
  }

  /// The lines as they stand after the return, or why it is refused. All lines at fault are named.
  static func applying(_ asks: [Ask], to lines: [Line]) throws(InventoryRefusal) -> [Line] {
    var result = lines
    var unknown: [Int] = []
    var invalid: [Int] = []
    var exceeding: [Int] = []
    let indices = Dictionary(lines.enumerated().map { ($1.number, $0) }, uniquingKeysWith: { first, _ in first })
    for ask in asks {
      guard let index = indices[ask.lineNumber] else {
        unknown.append(ask.lineNumber)
        continue
      }
      let line = result[index]
      switch line.kind {
      case .sale where ask.quantity < 1, .adjustment where ask.quantity != 0:
        invalid.append(ask.lineNumber)
      case .sale where ask.quantity <= line.quantity - line.returnedQuantity:
        result[index].returnedQuantity += ask.quantity
      case .adjustment where !line.adjustmentIsReturned:
        result[index].adjustmentIsReturned = true
      default:
        exceeding.append(ask.lineNumber)
      }
    }
    if !unknown.isEmpty { throw .lineNotFound(lineNumbers: unknown) }
    if !invalid.isEmpty { throw .returnQuantityInvalid(lineNumbers: invalid) }
    if !exceeding.isEmpty { throw .returnExceedsSold(lineNumbers: exceeding) }
    return result
  }

  /// Nothing is left on any line.
  static func isWholeOrder(_ lines: [Line]) -> Bool { lines.allSatisfy(\.isExhausted) }

  /// Money goes back to where it came from: of each kind of tender no more than was paid by it, and of points no more than were
  /// spent.
  ///
  /// - Parameter earlier: What earlier returns of the order paid back.
  static func checkRefunds(
    _ refunds: [Tender], refundAmount: Int64, paid: [Tender], earlier: [Tender]
  ) throws(InventoryRefusal) {
    let sum = refunds.reduce(0) { $0 + $1.amount }
    guard sum == refundAmount else { throw .refundsDoNotSum(refund: refundAmount, refunds: sum) }
    for kind in Tender.Kind.allCases {
      let left = total(paid, kind).subtracting(total(earlier, kind)).subtracting(total(refunds, kind))
      guard left.amount >= 0, left.points >= 0 else { throw .refundExceedsPaid }
    }
  }

  private struct Total {
    var amount: Int64 = 0
    var points: Int64 = 0

    func subtracting(_ other: Total) -> Total {
      Total(amount: amount - other.amount, points: points - other.points)
    }
  }

  private static func total(_ tenders: [Tender], _ kind: Tender.Kind) -> Total {
    tenders.reduce(into: Total()) { total, tender in
      guard tender.kind == kind else { return }
      total.amount += tender.amount
      total.points += tender.points
    }
  }
}
