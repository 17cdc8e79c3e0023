/// What of an order is returned, and what goes back for it.
///
/// One rule, prorated with a cumulative floor, so that returning an order piece by piece pays back exactly what returning it
/// whole does, and never more than was paid:
///
/// 1. A line's part after so many units came back is ⌊(customer amount + tax) × returned ÷ sold⌋.
/// 2. The order's part is the sum over its lines, kept between 0 and the amount due, and it never falls.
/// 3. The return that brings back the last unit brings the ADJUSTMENT lines back as well, and pays all the rest.
enum Refunds {
  /// A line of the order, with what has come back of it.
  struct Line: Equatable, Sendable {
    var number: Int
    var isAdjustment: Bool
    var quantity: Int64
    var returnedQuantity: Int64
    /// Customer amount and tax.
    var amount: Int64
    var pointsEarned: Int64 = 0

    var remainingQuantity: Int64 { quantity - returnedQuantity }
  }

  /// How a part of the order was paid, less what went back to it.
  struct Payment: Equatable, Sendable {
    var kind: Tender.Kind
    var externalReference: String
    /// What it paid, and what has come back of that.
    var amount: Int64
    var refundedAmount: Int64
    /// Points only: how many paid, and how many were given back.
    var points: Int64
    var refundedPoints: Int64
  }

  struct Order: Equatable, Sendable {
    var lines: [Line]
    var payments: [Payment]
    var amountDue: Int64
    var refundedBefore: Int64
    /// An earlier return left nothing to return.
    var isWhollyReturned: Bool
  }

  struct Ask: Equatable, Sendable {
    var lineNumber: Int
    var quantity: Int64
  }

  struct LineRefund: Equatable, Sendable {
    var lineNumber: Int
    /// 0 on an ADJUSTMENT line.
    var quantity: Int64
    /// Negative where a line that paid the customer comes back.
    var amount: Int64
  }

  struct PaymentRefund: Equatable, Sendable {
    /// Of `Order.payments`.
    var index: Int
    var amount: Int64
    var points: Int64
  }

  struct Outcome: Equatable, Sendable {
    var lines: [LineRefund]
    /// They sum to `amount`.
    var payments: [PaymentRefund]
    var amount: Int64
    /// The order's refunded amount before and after: what participants prorate by.
    var refundedBefore: Int64
    var refundedAfter: Int64
    /// The points that what has come back earned, before and after, of all lines': lines earn differently for the same money.
    var earnedBefore: Int64
    var earnedAfter: Int64
    var earnedTotal: Int64
    /// With this return nothing is left to return.
    var completesOrder: Bool

    /// What participants prorate by. An order that cost nothing has no shares: it is reversed when it is returned whole, and
    /// `total` 0 says so.
    func share(of amountDue: Int64) -> (before: Int64, after: Int64, total: Int64) {
      guard amountDue == 0 else { return (refundedBefore, refundedAfter, amountDue) }
      return completesOrder ? (0, 0, 0) : (0, 0, 1)
    }
  }

  enum Refusal: Error, Equatable, Sendable {
    case lineUnknown(lineNumber: Int)
    case lineRepeated(lineNumber: Int)
    case quantityInvalid(lineNumber: Int)
    /// ADJUSTMENT lines come back with the return that completes the order, never by themselves.
    case adjustmentNotReturnable(lineNumber: Int)
    case exceedsSold(lineNumbers: [Int])
    case nothingLeft
  }

  /// What returning `asks` of `order` comes to; no asks means all that is left.
  static func outcome(of asks: [Ask], from order: Order) throws(Refusal) -> Outcome {
    let returning = try quantities(asks, order)
    let completes = order.lines.allSatisfy { $0.isAdjustment || returning[$0.number, default: 0] == $0.remainingQuantity }
    let after = completes ? order.amountDue : refundedAfter(returning, order)
    let amount = after - order.refundedBefore
    let earnedTotal = order.lines.reduce(0) { $0 + $1.pointsEarned }
    return Outcome(
      lines: lineRefunds(returning, of: order, sumTo: amount, completes: completes),
      payments: paymentRefunds(of: order, amount: amount, after: after), amount: amount,
      refundedBefore: order.refundedBefore, refundedAfter: after, earnedBefore: earned(order, [:]),
      earnedAfter: completes ? earnedTotal : earned(order, returning), earnedTotal: earnedTotal, completesOrder: completes)
  }

  // MARK: Quantities

  /// Line number → how much comes back now. Only SALE lines with something to return are in it.
  private static func quantities(_ asks: [Ask], _ order: Order) throws(Refusal) -> [Int: Int64] {
    let sold = order.lines.filter { !$0.isAdjustment }
    guard !asks.isEmpty else {
      let rest = sold.filter { $0.remainingQuantity > 0 }
      // An order of ADJUSTMENT lines alone has no unit to bring back: it comes back as a whole, once.
      if rest.isEmpty, !sold.isEmpty || order.isWhollyReturned { throw .nothingLeft }
      return Dictionary(uniqueKeysWithValues: rest.map { ($0.number, $0.remainingQuantity) })
    }
    let lines = Dictionary(uniqueKeysWithValues: order.lines.map { ($0.number, $0) })
    var returning: [Int: Int64] = [:]
    var exceeding: [Int] = []
    for ask in asks {
      guard let line = lines[ask.lineNumber] else { throw .lineUnknown(lineNumber: ask.lineNumber) }
      if line.isAdjustment { throw .adjustmentNotReturnable(lineNumber: ask.lineNumber) }
      if ask.quantity < 1 { throw .quantityInvalid(lineNumber: ask.lineNumber) }
      if returning.updateValue(ask.quantity, forKey: ask.lineNumber) != nil { throw .lineRepeated(lineNumber: ask.lineNumber) }
      if ask.quantity > line.remainingQuantity { exceeding.append(ask.lineNumber) }
    }
    if !exceeding.isEmpty { throw .exceedsSold(lineNumbers: exceeding) }
    return returning
  }

  /// The points of the units that came back earlier, and of those in `returning`.
  private static func earned(_ order: Order, _ returning: [Int: Int64]) -> Int64 {
    order.lines.reduce(0) { sum, line in
      let returned = line.returnedQuantity + returning[line.number, default: 0]
      return sum + (line.quantity == 0 ? 0 : floorOfProduct(line.pointsEarned, times: returned, over: line.quantity))
    }
  }

  // MARK: Amounts

  /// The part of `line` that `returned` units stand for.
  private static func part(of line: Line, returned: Int64) -> Int64 {
    line.quantity == 0 ? 0 : floorOfProduct(line.amount, times: returned, over: line.quantity)
  }

  private static func refundedAfter(_ returning: [Int: Int64], _ order: Order) -> Int64 {
    let cumulative = order.lines.filter { !$0.isAdjustment }.reduce(Int64(0)) { sum, line in
      sum + part(of: line, returned: line.returnedQuantity + returning[line.number, default: 0])
    }
    return max(order.refundedBefore, min(max(0, cumulative), order.amountDue))
  }

  /// Each line's own part of this return. Where the order's bounds made the sum another than the parts', `amount` is spread
  /// over the lines in proportion to their parts.
  private static func lineRefunds(
    _ returning: [Int: Int64], of order: Order, sumTo amount: Int64, completes: Bool
  ) -> [LineRefund] {
    var refunds: [LineRefund] = []
    for line in order.lines {
      if line.isAdjustment {
        if completes { refunds.append(LineRefund(lineNumber: line.number, quantity: 0, amount: line.amount)) }
      } else if let quantity = returning[line.number], quantity > 0 {
        let now = part(of: line, returned: line.returnedQuantity + quantity) - part(of: line, returned: line.returnedQuantity)
        refunds.append(LineRefund(lineNumber: line.number, quantity: quantity, amount: now))
      }
    }
    guard refunds.reduce(0, { $0 + $1.amount }) != amount else { return refunds }
    let spread = spreadByLargestRemainder(amount, over: refunds.map { max(0, $0.amount) })
    for index in refunds.indices { refunds[index].amount = spread[index] }
    return refunds
  }

  // MARK: Payments

  /// Points first, by the cumulative floor of their share of what was due; the rest over the other payments, in proportion to
  /// what is left of each.
  private static func paymentRefunds(of order: Order, amount: Int64, after: Int64) -> [PaymentRefund] {
    var refunds = order.payments.indices.map { PaymentRefund(index: $0, amount: 0, points: 0) }
    var rest = amount
    for (index, payment) in order.payments.enumerated() where payment.kind == .points {
      let amountAfter = order.amountDue == 0 ? 0 : floorOfProduct(payment.amount, times: after, over: order.amountDue)
      let pointsAfter = order.amountDue == 0 ? 0 : floorOfProduct(payment.points, times: after, over: order.amountDue)
      refunds[index].amount = min(rest, max(0, amountAfter - payment.refundedAmount))
      refunds[index].points = max(0, pointsAfter - payment.refundedPoints)
      rest -= refunds[index].amount
    }
    let others = order.payments.indices.filter { order.payments[$0].kind != .points }
    if !others.isEmpty {
      let parts = spreadByLargestRemainder(rest, over: others.map { order.payments[$0].amount - order.payments[$0].refundedAmount })
      for (index, part) in zip(others, parts) { refunds[index].amount = part }
    }
    return refunds.filter { $0.amount > 0 || $0.points > 0 }
  }
}
