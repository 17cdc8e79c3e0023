import Testing

@testable import Gateway

@Suite struct RefundsTests {
  private func order(
    _ lines: [(quantity: Int64, amount: Int64)], adjustments: [Int64] = [], payments: [Refunds.Payment]? = nil
  ) -> Refunds.Order {
    var all = lines.enumerated().map {
      Refunds.Line(number: $0 + 1, isAdjustment: false, quantity: $1.quantity, returnedQuantity: 0, amount: $1.amount)
    }
    for amount in adjustments {
      all.append(Refunds.Line(number: all.count + 1, isAdjustment: true, quantity: 0, returnedQuantity: 0, amount: amount))
    }
    let due = all.reduce(0) { $0 + $1.amount }
    return Refunds.Order(
      lines: all, payments: payments ?? [payment(.card, due)], amountDue: due, refundedBefore: 0, isWhollyReturned: false)
  }

  private func payment(_ kind: Tender.Kind, _ amount: Int64, points: Int64 = 0, reference: String = "") -> Refunds.Payment {
    Refunds.Payment(kind: kind, externalReference: reference, amount: amount, refundedAmount: 0, points: points, refundedPoints: 0)
  }

  private func ask(_ lineNumber: Int, _ quantity: Int64) -> Refunds.Ask { Refunds.Ask(lineNumber: lineNumber, quantity: quantity) }

  @Test func unitsComeBackByTheirCumulativeFloorAndTheLastPaysTheRest() throws {
    // Three for 10.00: 3.33, 3.33, 3.34.
    var order = order([(3, 1_000)])
    var refunded: [Int64] = []
    for _ in 0..<3 {
      let outcome = try Refunds.outcome(of: [ask(1, 1)], from: order)
      refunded.append(outcome.amount)
      order.apply(outcome)
    }
    #expect(refunded == [333, 333, 334])
  }

  @Test func theReturnThatCompletesTheOrderBringsTheAdjustmentsBack() throws {
    var order = order([(1, 700), (1, 300)], adjustments: [-50])
    let first = try Refunds.outcome(of: [ask(1, 1)], from: order)
    #expect(first.amount == 700)
    #expect(!first.completesOrder)
    order.apply(first)
    let last = try Refunds.outcome(of: [ask(2, 1)], from: order)
    #expect(last.completesOrder)
    #expect(last.amount == 250)
    #expect(last.lines.map(\.lineNumber) == [2, 3])
    #expect(last.lines.reduce(0) { $0 + $1.amount } == 250)
  }

  @Test func anOrderOfAdjustmentsAloneComesBackAsAWholeAndOnce() throws {
    var order = order([], adjustments: [500, -100])
    let outcome = try Refunds.outcome(of: [], from: order)
    #expect(outcome.completesOrder && outcome.amount == 400)
    #expect(outcome.lines.map(\.lineNumber) == [1, 2] && outcome.lines.map(\.quantity) == [0, 0])
    order.refundedBefore = 400
    order.isWhollyReturned = true
    #expect(throws: Refunds.Refusal.nothingLeft) { try Refunds.outcome(of: [], from: order) }
  }

  @Test func whatWasPaidIsNeverExceededThoughTheGoodsWereWorthMore() throws {
    // Line 1 sold for 10.00, line 2 paid the customer 3.00: 7.00 was due, and no more comes back for line 1.
    var order = order([(1, 1_000), (1, -300)])
    let first = try Refunds.outcome(of: [ask(1, 1)], from: order)
    #expect(first.amount == 700)
    #expect(first.lines == [Refunds.LineRefund(lineNumber: 1, quantity: 1, amount: 700)])
    order.apply(first)
    #expect(try Refunds.outcome(of: [ask(2, 1)], from: order).amount == 0)
  }

  @Test func returningTheLineThatPaidTheCustomerFirstPaysNothing() throws {
    var order = order([(1, 1_000), (1, -300)])
    let first = try Refunds.outcome(of: [ask(2, 1)], from: order)
    #expect(first.amount == 0)
    order.apply(first)
    #expect(try Refunds.outcome(of: [ask(1, 1)], from: order).amount == 700)
  }

  @Test func pointsComeBackByTheirShareAndMoneyToWhereItCameFrom() throws {
    var order = order(
      [(4, 1_000)], payments: [payment(.points, 300, points: 60), payment(.cash, 500), payment(.card, 200, reference: "t-1")])
    var points: Int64 = 0
    var byPayment = [Int64](repeating: 0, count: 3)
    for _ in 0..<4 {
      let outcome = try Refunds.outcome(of: [ask(1, 1)], from: order)
      #expect(outcome.payments.reduce(0) { $0 + $1.amount } == outcome.amount)
      points += outcome.payments.reduce(0) { $0 + $1.points }
      for refund in outcome.payments { byPayment[refund.index] += refund.amount }
      order.apply(outcome)
    }
    #expect(points == 60)
    #expect(byPayment == [300, 500, 200])
  }

  @Test func asksThatCannotBeMetAreRefused() throws {
    let order = order([(2, 1_000)], adjustments: [-100])
    #expect(throws: Refunds.Refusal.lineUnknown(lineNumber: 9)) { try Refunds.outcome(of: [ask(9, 1)], from: order) }
    #expect(throws: Refunds.Refusal.quantityInvalid(lineNumber: 1)) { try Refunds.outcome(of: [ask(1, 0)], from: order) }
    #expect(throws: Refunds.Refusal.exceedsSold(lineNumbers: [1])) { try Refunds.outcome(of: [ask(1, 3)], from: order) }
    #expect(throws: Refunds.Refusal.lineRepeated(lineNumber: 1)) { try Refunds.outcome(of: [ask(1, 1), ask(1, 1)], from: order) }
    #expect(throws: Refunds.Refusal.adjustmentNotReturnable(lineNumber: 2)) { try Refunds.outcome(of: [ask(2, 1)], from: order) }
    var returned = order
    returned.apply(try Refunds.outcome(of: [], from: order))
    #expect(throws: Refunds.Refusal.nothingLeft) { try Refunds.outcome(of: [], from: returned) }
    #expect(throws: Refunds.Refusal.exceedsSold(lineNumbers: [1])) { try Refunds.outcome(of: [ask(1, 1)], from: returned) }
  }

  @Test func anOrderThatCostNothingIsReversedWhenItIsReturnedWhole() throws {
    let order = order([(2, 0)], payments: [])
    let part = try Refunds.outcome(of: [ask(1, 1)], from: order)
    #expect(part.share(of: 0) == (before: 0, after: 0, total: 1))
    let whole = try Refunds.outcome(of: [], from: order)
    #expect(whole.share(of: 0) == (before: 0, after: 0, total: 0))
    #expect(whole.payments.isEmpty)
  }

  @Test("Returning an order in any pieces pays back exactly what was paid, to where it came from")
  func property() throws {
    let seed: UInt64 = 2_026_112_202
    var random = SeededRandom(seed: seed)
    for round in 0..<1_000 {
      var order = randomOrder(&random)
      let paid = order.payments
      var refunded: Int64 = 0
      while order.lines.contains(where: { !$0.isAdjustment && $0.remainingQuantity > 0 }) {
        let outcome = try Refunds.outcome(of: randomAsks(order, &random), from: order)
        #expect(outcome.amount >= 0, "seed \(seed), round \(round)")
        #expect(outcome.lines.reduce(0) { $0 + $1.amount } == outcome.amount, "seed \(seed), round \(round)")
        #expect(outcome.payments.reduce(0) { $0 + $1.amount } == outcome.amount, "seed \(seed), round \(round)")
        refunded += outcome.amount
        order.apply(outcome)
        for payment in order.payments {
          #expect(payment.refundedAmount <= payment.amount && payment.refundedPoints <= payment.points, "seed \(seed), round \(round)")
        }
      }
      #expect(refunded == order.amountDue, "seed \(seed), round \(round)")
      for (before, after) in zip(paid, order.payments) {
        #expect(after.refundedAmount == before.amount && after.refundedPoints == before.points, "seed \(seed), round \(round)")
      }
    }
  }

  private func randomOrder(_ random: inout SeededRandom) -> Refunds.Order {
    while true {
      let lines = (0..<Int.random(in: 1...6, using: &random)).map { _ in
        (quantity: Int64.random(in: 1...9, using: &random), amount: Int64.random(in: -200...5_000, using: &random))
      }
      let adjustments = Bool.random(using: &random) ? [Int64.random(in: -500...0, using: &random)] : []
      let due = lines.reduce(0) { $0 + $1.amount } + adjustments.reduce(0, +)
      guard due > 0 else { continue }
      let points = Int64.random(in: 0...(due / 5), using: &random)
      let card = Int64.random(in: 0...(due - points * 5), using: &random)
      let payments = [
        payment(.points, points * 5, points: points), payment(.card, card, reference: "a"), payment(.cash, due - points * 5 - card),
      ].filter { $0.amount > 0 }
      return order(lines, adjustments: adjustments, payments: payments)
    }
  }

  private func randomAsks(_ order: Refunds.Order, _ random: inout SeededRandom) -> [Refunds.Ask] {
    let open = order.lines.filter { !$0.isAdjustment && $0.remainingQuantity > 0 }
    let chosen = open.filter { _ in Bool.random(using: &random) }
    return (chosen.isEmpty ? Array(open.prefix(1)) : chosen).map {
      ask($0.number, Int64.random(in: 1...$0.remainingQuantity, using: &random))
    }
  }
}

extension Refunds.Order {
  /// The order after a return, as inventory would show it.
  fileprivate mutating func apply(_ outcome: Refunds.Outcome) {
    for refund in outcome.lines {
      for index in lines.indices where lines[index].number == refund.lineNumber { lines[index].returnedQuantity += refund.quantity }
    }
    for refund in outcome.payments {
      payments[refund.index].refundedAmount += refund.amount
      payments[refund.index].refundedPoints += refund.points
    }
    refundedBefore = outcome.refundedAfter
  }
}
