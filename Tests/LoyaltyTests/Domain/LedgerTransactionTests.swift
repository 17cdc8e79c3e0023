import Foundation
import Testing

@testable import Loyalty

@Suite struct LedgerTransactionTests {
  private func transaction(_ kind: LedgerTransaction.Kind) -> LedgerTransaction {
    LedgerTransaction(
      entryID: "ent_1", kind: kind, subject: "ord_1", origin: LedgerOrigin(clientID: "cli_1"), reason: "",
      postedAt: Date(timeIntervalSince1970: 0))
  }

  @Test("Every movement sums to zero in each unit, and the statement shows the member's side")
  func sumsToZero() {
    var earn = transaction(.earn)
    earn.move(50, from: .programmeIssued, to: .memberPoints, "lot_1")
    earn.move(5_025, from: .programmeGrowth, to: .memberGrowth)
    for unit in LedgerAccount.Unit.allCases {
      #expect(earn.entries.filter { $0.account.unit == unit }.reduce(0) { $0 + $1.amount } == 0)
    }
    #expect((earn.points, earn.debt, earn.growthValue) == (50, 0, 5_025))
  }

  @Test("Movements of one account and lot become one entry; of two lots, two")
  func entriesMerge() {
    var spend = transaction(.spend)
    spend.move(10, from: .memberPoints, "lot_1", to: .programmeRedeemed)
    spend.move(5, from: .memberPoints, "lot_2", to: .programmeRedeemed)
    #expect(spend.entries.map(\.amount) == [-10, 15, -5])
    #expect(spend.entries.map(\.lotID) == ["lot_1", nil, "lot_2"])
  }

  @Test("What is owed is positive on the statement, and 0 moves nothing")
  func debt() {
    var reversal = transaction(.earnReversal)
    reversal.move(30, from: .memberPoints, "lot_1", to: .programmeIssued)
    reversal.move(20, from: .memberDebt, to: .programmeIssued)
    reversal.move(0, from: .memberGrowth, to: .programmeGrowth)
    #expect((reversal.points, reversal.debt) == (-30, 20))
    #expect(reversal.entries.count == 3)
  }

  @Test("The statement names the member of staff behind the client")
  func actor() {
    #expect(LedgerOrigin(clientID: "cli_1").actor == "cli_1")
    #expect(LedgerOrigin(clientID: "cli_1", staffID: "stf_9").actor == "cli_1/stf_9")
  }
}
