import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct ExplainTests {
  @Test("A line of the statement says what it moved and what decided it: the order's lines by the version of then, the return's shares")
  func entries() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish {
        $0.clauses = [.init(name: "wine 3", products: .init(categories: ["wine"]), effect: .pointsNumerator(3))]
      }
      let lines = EarnClauseTests.order([(10_000, "wine", ""), (5_000, "bread", "")])
      let decided = try await rig.loyalty.evaluateEarn(
        .init(currencyCode: "USD", lines: lines, memberID: "mem_a", facts: .init(storeID: "sto_1")))
      var request = try await rig.holdRequest("ord_1", netSpend: 0)
      request.earn = decided.decision
      _ = try await rig.holds.hold(request)
      try await rig.commit("ord_1")
      // What is in force later explains nothing of it.
      try await rig.publish { $0.pointsNumerator = 50 }
      _ = try await rig.holds.reverse(
        .init(
          requestID: "rev", orderID: "ord_1", returnID: "ret_1", refundedAfter: 10_000, refundedTotal: 15_000, earnedAfter: 300,
          earnedTotal: 350))
      let statement = try await rig.entries()
      let earn = try await rig.explain(try #require(statement.last).entryID)
      #expect(earn.memberID == "mem_a" && earn.entry == statement.last)
      #expect(earn.movements.filter { $0.account.hasSuffix("points") || $0.account.hasSuffix("issued") }.map(\.amount) == [-350, 350])
      #expect(earn.movements.reduce(0) { $0 + $1.amount } == 0)
      #expect(earn.rule?.version == 2 && earn.rule?.clauses.map(\.name) == ["wine 3"])
      #expect(earn.decision?.lines.map(\.points) == [300, 50])
      #expect(earn.explanations == decided.explanations)
      #expect(earn.lots.map(\.orderID) == ["ord_1"] && earn.returnTerms == nil)
      let back = try await rig.explain(try #require(statement.first).entryID)
      #expect(back.entry?.kind == .earnReversal && back.decision == nil)
      #expect(
        back.returnTerms
          == .init(
            refundedAfter: 10_000, refundedTotal: 15_000, earnedAfter: 300, earnedTotal: 350, pointsTakenBack: 300, growthTakenBack: 10_000)
      )
      #expect(try await refusal { _ = try await rig.explain("ent_nobody") } == Refused(code: .notFound, reason: "ENTRY_UNKNOWN"))
    }
  }

  @Test("A balance is the sum of its lines, less what lapsed unwritten, pending, held and owed told apart")
  func balances() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-10T12:00:00Z")
      try await rig.publish { $0.expiry = "30D" }
      try await rig.sell("ord_1", netSpend: 10_000)
      rig.setClock("2026-02-01T12:00:00Z")
      try await rig.sell("ord_2", netSpend: 5_000)
      try await rig.hold("ord_3", spending: 20)
      rig.setClock("2026-02-15T12:00:00Z")
      let answer = try await rig.reports.explainBalance(.init(memberID: "mem_a"))
      let balance = try #require(answer.balance)
      #expect(balance == (try await rig.balance()))
      #expect(answer.parts.map(\.kind) == [.earn] && answer.parts.map(\.points) == [150] && answer.parts.map(\.entries) == [2])
      #expect(answer.lapsedPoints == 80)
      #expect(
        answer.parts.reduce(0) { $0 + $1.points } - answer.lapsedPoints
          == balance.spendablePoints + balance.pendingPoints + balance.heldPoints - balance.debtPoints)
    }
  }
}

extension LoyaltyRig {
  fileprivate func explain(_ entryID: String) async throws -> LoyaltyV1.ExplainEntryResponse {
    try await reports.explainEntry(.init(entryID: entryID))
  }
}
