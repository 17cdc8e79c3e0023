import ArgumentParser
import Foundation
import GoogleProto
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
    let sums = OrderSums([
      InventoryV1.OrderSummary(
        orderID: "ord_1", state: .completed, pointsEarned: 10, pointsSpent: 4, discountMinorUnits: 30, pointsTakenBack: 3,
        pointsGivenBack: 1), InventoryV1.OrderSummary(orderID: "ord_2", state: .committing, pointsEarned: 99),
    ])
    let loyalty = LoyaltyV1.VerifyResponse(pointsEarned: 10, pointsSpent: 4, pointsTakenBack: 3, pointsGivenBack: 1)
    let campaign = CampaignV1.VerifyResponse(discountedMinorUnits: 30)
    #expect(SumChecks.differences(sums, loyalty: loyalty, campaign: campaign).isEmpty)

    let wrong = LoyaltyV1.VerifyResponse(pointsEarned: 11, pointsSpent: 5, pointsTakenBack: 4, pointsGivenBack: 2)
    #expect(SumChecks.differences(sums, loyalty: wrong, campaign: CampaignV1.VerifyResponse()).count == 5)
  }

  @Test func whatWasPostedForEachOrderIsWhatItSays() {
    func reading(_ posted: (TypeV1.HoldRecord) -> TypeV1.HoldRecord, open: [InventoryV1.OpenReturn] = []) -> SystemReading {
      var reading = SystemReading()
      reading.orders["ord_1"] = InventoryV1.OrderSummary(
        orderID: "ord_1", state: .completed, participants: ["campaign", "loyalty"], pointsEarned: 10, pointsSpent: 4,
        stockHold: .committed, openReturns: open, discountMinorUnits: 30, pointsTakenBack: 3, pointsGivenBack: 1)
      reading.holds[SystemReading.loyalty] = [
        "ord_1": posted(
          TypeV1.HoldRecord(
            orderID: "ord_1", state: .committed, pointsEarned: 10, pointsSpent: 4, pointsTakenBack: 3, pointsGivenBack: 1))
      ]
      reading.holds[SystemReading.campaign] = [
        "ord_1": TypeV1.HoldRecord(orderID: "ord_1", state: .committed, discountMinorUnits: 30)
      ]
      return reading
    }
    func changed(_ change: (inout TypeV1.HoldRecord) -> Void, open: [InventoryV1.OpenReturn] = []) -> [String] {
      let reading = reading(
        { record in
          var record = record
          change(&record)
          return record
        }, open: open)
      return OrderChecks.differences(in: reading).map(\.check)
    }
    #expect(changed { _ in } == [])
    #expect(changed { $0.pointsEarned = 11 } == ["order.points_earned_are_loyaltys"])
    #expect(changed { $0.pointsSpent = 0 } == ["order.points_spent_are_loyaltys"])
    #expect(changed { $0.pointsTakenBack = 4 } == ["order.points_taken_back_are_loyaltys"])
    #expect(changed { $0.pointsGivenBack = 0 } == ["order.points_given_back_are_loyaltys"])
    #expect(changed({ $0.pointsTakenBack = 4 }, open: [InventoryV1.OpenReturn(returnID: "ret_1")]) == [])
    var discounted = reading { $0 }
    discounted.holds[SystemReading.campaign]?["ord_1"]?.discountMinorUnits = 29
    #expect(OrderChecks.differences(in: discounted).map(\.check) == ["order.discounts_are_campaigns"])
  }

  @Test(
    "What is open for longer than the grace is stuck",
    arguments: [
      (.pending, 119, []), (.pending, 120, ["order.expired_order_is_decided"]), (.committing, 119, []),
      (.committing, 120, ["order.decided_order_ends"]), (.cancelling, 500, ["order.decided_order_ends"]), (.pending, -600, []),
    ] as [(InventoryV1.OrderState, Double, [String])])
  func openForLong(state: InventoryV1.OrderState, seconds: Double, checks: [String]) {
    var reading = SystemReading()
    reading.asOfTime = Date(timeIntervalSince1970: 1_000_000)
    reading.orders["ord_1"] = InventoryV1.OrderSummary(
      orderID: "ord_1", state: state, stockHold: .held, dueTime: .init(reading.asOfTime.addingTimeInterval(-seconds)))
    let differences = OverdueChecks.differences(in: reading, grace: .seconds(120))
    #expect(differences.map(\.check) == checks)
    #expect(differences.allSatisfy { $0.ids == ["ord_1"] })
  }

  @Test func aReturnThatIsOpenForLongerThanTheGraceIsStuck() {
    var reading = SystemReading()
    reading.asOfTime = Date(timeIntervalSince1970: 1_000_000)
    reading.orders["ord_1"] = InventoryV1.OrderSummary(
      orderID: "ord_1", state: .completed, stockHold: .committed,
      openReturns: [
        InventoryV1.OpenReturn(returnID: "ret_1", createTime: .init(reading.asOfTime.addingTimeInterval(-121))),
        InventoryV1.OpenReturn(returnID: "ret_2", createTime: .init(reading.asOfTime.addingTimeInterval(-119))),
      ])
    let differences = OverdueChecks.differences(in: reading, grace: .seconds(120))
    #expect(differences.map(\.check) == ["return.is_carried_out"] && differences.first?.ids == ["ord_1", "ret_1"])
  }

  @Test func aVerificationThatComparedNoSumsProvesNothing() {
    let unproven = SystemVerification.Report(differences: [], orders: 1, entries: 1, comparedSums: false)
    #expect(unproven.outcome.hasPrefix("unproven"))
    #expect(SystemVerification.Report(differences: [], orders: 1, entries: 1, comparedSums: true).outcome == "no differences")
    #expect(VerifyCommand.unproven.rawValue == 2)
  }
}
