import Foundation
import Testing

@testable import Loyalty

@Suite struct TakeBackTests {
  private func lot(_ id: String, order: String, source: Lot.Source = .order, remaining: Int64, expired: Int64 = 0) -> Lot {
    let start = Date(timeIntervalSince1970: 0)
    return Lot(
      lotID: id, source: source, orderID: order, ruleVersion: 1, earnedAt: start, activatesAt: start,
      expiresAt: start.addingTimeInterval(1), points: 100, remaining: remaining, held: 0, expired: expired)
  }

  @Test("The order's own lot gives first, whatever expires earlier")
  func ownLotFirst() {
    let plan = TakeBack.plan(
      50, ofOrder: "ord_1", from: [lot("early", order: "ord_0", remaining: 80), lot("own", order: "ord_1", remaining: 60)])
    #expect(plan == TakeBack(ownLot: [LotDraw(lotID: "own", points: 50)], alreadyExpired: [], otherLots: [], debt: 0))
  }

  @Test("What the own lot lost by expiry is not taken a second time; then other lots pay, then debt")
  func everySource() {
    let plan = TakeBack.plan(
      100, ofOrder: "ord_1",
      from: [
        lot("early", order: "ord_0", remaining: 20), lot("own", order: "ord_1", remaining: 10, expired: 40),
        lot("late", order: "ord_2", remaining: 5),
      ])
    #expect(plan.ownLot == [LotDraw(lotID: "own", points: 10)])
    #expect(plan.alreadyExpired == [LotDraw(lotID: "own", points: 40)])
    #expect(plan.otherLots == [LotDraw(lotID: "early", points: 20), LotDraw(lotID: "late", points: 5)])
    #expect(plan.debt == 25)
  }

  @Test("A grace lot of the same order is no earned lot")
  func graceLot() {
    let plan = TakeBack.plan(
      10, ofOrder: "ord_1",
      from: [lot("grace", order: "ord_1", source: .return, remaining: 10), lot("own", order: "ord_1", remaining: 10)])
    #expect(plan.ownLot == [LotDraw(lotID: "own", points: 10)])
    #expect(plan.otherLots.isEmpty)
  }
}
