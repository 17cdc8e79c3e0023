import PatronAPI
import Testing

@testable import PatronCLI

@Suite struct OrderChecksTests {
  struct Case: Sendable, CustomTestStringConvertible {
    var testDescription: String
    var state: InventoryV1.OrderState
    var stock: InventoryV1.HoldOfStock
    var participants: [String] = ["loyalty"]
    var hold: TypeV1.HoldState?
    /// The check that fails; nil where all is well.
    var check: String?
  }

  static let cases: [Case] = [
    Case(testDescription: "pending before its hold", state: .pending, stock: .held, hold: nil),
    Case(testDescription: "pending and held", state: .pending, stock: .held, hold: .held),
    Case(testDescription: "committing, half done", state: .committing, stock: .held, hold: .held),
    Case(testDescription: "committing, all but the order", state: .committing, stock: .held, hold: .committed),
    Case(testDescription: "completed", state: .completed, stock: .committed, hold: .committed),
    Case(testDescription: "cancelling before the cancel", state: .cancelling, stock: .held, hold: .held),
    Case(testDescription: "cancelling after the cancel", state: .cancelling, stock: .held, hold: .cancelled),
    Case(testDescription: "cancelled", state: .cancelled, stock: .cancelled, hold: .cancelled),
    Case(testDescription: "cancelled before it held", state: .cancelled, stock: .cancelled, hold: .tombstone),
    Case(testDescription: "cancelled before anything", state: .cancelled, stock: .cancelled, hold: nil),
    Case(testDescription: "no part in it", state: .completed, stock: .committed, participants: [], hold: nil),

    Case(
      testDescription: "completed without a commit", state: .completed, stock: .committed, hold: .held,
      check: "order.loyalty_hold_matches_state"),
    Case(
      testDescription: "completed without a hold", state: .completed, stock: .committed, hold: nil,
      check: "order.loyalty_hold_matches_state"),
    Case(
      testDescription: "cancelled and committed", state: .cancelled, stock: .cancelled, hold: .committed,
      check: "order.loyalty_hold_matches_state"),
    Case(
      testDescription: "a hold left open", state: .cancelled, stock: .cancelled, hold: .held, check: "order.loyalty_hold_matches_state"),
    Case(
      testDescription: "committed before the decision", state: .pending, stock: .held, hold: .committed,
      check: "order.loyalty_hold_matches_state"),
    Case(
      testDescription: "committed against the decision", state: .cancelling, stock: .held, hold: .committed,
      check: "order.loyalty_hold_matches_state"),
    Case(
      testDescription: "cancelled against the decision", state: .committing, stock: .held, hold: .cancelled,
      check: "order.loyalty_hold_matches_state"),
    Case(
      testDescription: "held though not in the plan", state: .pending, stock: .held, participants: [], hold: .held,
      check: "order.loyalty_hold_matches_state"),
    Case(
      testDescription: "completed with stock still held", state: .completed, stock: .held, hold: .committed,
      check: "order.stock_hold_matches_state"),
    Case(
      testDescription: "cancelled with stock still held", state: .cancelled, stock: .held, hold: .cancelled,
      check: "order.stock_hold_matches_state"),
  ]

  @Test("A hold stands where its order allows", arguments: cases)
  func holdAgainstOrder(item: Case) {
    var reading = SystemReading()
    reading.orders["ord_1"] = InventoryV1.OrderSummary(
      orderID: "ord_1", state: item.state, participants: item.participants, stockHold: item.stock)
    if let hold = item.hold {
      reading.holds[SystemReading.loyalty] = ["ord_1": TypeV1.HoldRecord(orderID: "ord_1", state: hold)]
    }
    let differences = OrderChecks.differences(in: reading)
    #expect(differences.map(\.check) == (item.check.map { [$0] } ?? []))
    #expect(differences.allSatisfy { $0.ids == ["ord_1"] })
  }

  @Test func aHoldWithoutAnOrderIsFound() {
    var reading = SystemReading()
    reading.holds[SystemReading.campaign] = [
      "ord_1": TypeV1.HoldRecord(orderID: "ord_1", state: .held), "ord_2": TypeV1.HoldRecord(orderID: "ord_2", state: .committed),
      "ord_3": TypeV1.HoldRecord(orderID: "ord_3", state: .tombstone),
    ]
    let differences = OrderChecks.differences(in: reading)
    #expect(differences.map(\.check) == ["hold.campaign_has_an_order", "hold.campaign_has_an_order"])
    #expect(differences.map(\.ids) == [["ord_1"], ["ord_2"]])
  }

  private func returned(_ known: [String], completed: [String], reversed: [String]) -> [TypeV1.Difference] {
    var reading = SystemReading()
    reading.orders["ord_1"] = InventoryV1.OrderSummary(
      orderID: "ord_1", state: .completed, participants: ["loyalty"], returnIDs: known, completedReturnIDs: completed,
      amountDueMinorUnits: 100, refundedMinorUnits: 100, stockHold: .committed)
    reading.holds[SystemReading.loyalty] = [
      "ord_1": TypeV1.HoldRecord(orderID: "ord_1", state: .committed, returnIDs: reversed)
    ]
    return OrderChecks.differences(in: reading)
  }

  @Test func aCompletedReturnIsReversedEverywhere() {
    #expect(returned(["ret_1"], completed: ["ret_1"], reversed: ["ret_1"]).isEmpty)
    #expect(returned(["ret_1"], completed: [], reversed: []).isEmpty)
    #expect(returned(["ret_1"], completed: [], reversed: ["ret_1"]).isEmpty, "a return under way may be reversed here already")
    let missing = returned(["ret_1", "ret_2"], completed: ["ret_1", "ret_2"], reversed: ["ret_2"])
    #expect(missing.map(\.check) == ["return.loyalty_reversed"])
    #expect(missing.first?.ids == ["ord_1", "ret_1"])
    #expect(returned([], completed: [], reversed: ["ret_9"]).map(\.check) == ["return.loyalty_reversal_has_a_return"])
  }

  @Test func moreRefundedThanPaidIsFound() {
    var reading = SystemReading()
    reading.orders["ord_1"] = InventoryV1.OrderSummary(
      orderID: "ord_1", state: .completed, amountDueMinorUnits: 100, refundedMinorUnits: 101, stockHold: .committed)
    #expect(OrderChecks.differences(in: reading).map(\.check) == ["order.refunded_at_most_paid"])
  }

  @Test func sumsThatDifferAreFoundOneByOne() {
    var sums = OrderSums()
    sums.add(
      InventoryV1.Order(
        state: .completed, totals: InventoryV1.OrderTotals(discountAmount: TypeV1.Money(30, "USD")), pointsEarned: 10, pointsSpent: 4,
        returns: [
          InventoryV1.OrderReturn(state: .returned, pointsTakenBack: 3, pointsGivenBack: 1),
          InventoryV1.OrderReturn(state: .returning, pointsTakenBack: 5),
        ]))
    sums.add(InventoryV1.Order(state: .cancelled, pointsEarned: 99))
    let loyalty = LoyaltyV1.VerifyResponse(pointsEarned: 10, pointsSpent: 4, pointsTakenBack: 3, pointsGivenBack: 1)
    let campaign = CampaignV1.VerifyResponse(discountedMinorUnits: 30)
    #expect(SumChecks.differences(sums, loyalty: loyalty, campaign: campaign).isEmpty)

    let wrong = LoyaltyV1.VerifyResponse(pointsEarned: 11, pointsSpent: 5, pointsTakenBack: 4, pointsGivenBack: 2)
    #expect(SumChecks.differences(sums, loyalty: wrong, campaign: CampaignV1.VerifyResponse()).count == 5)
  }
}
