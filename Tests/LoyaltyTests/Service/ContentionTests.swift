import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct ContentionTests {
  @Test("1,000 callers that spend one balance spend it exactly (Azuriom/Plugin-Shop#285: read, check, write)")
  func oneBalance() async throws {
    try await LoyaltyRig.run { rig in
      // In lots of 7, so that most holds straddle two.
      for _ in 0..<143 { try await rig.adjust(7) }
      try await rig.adjust(-1)
      let template = try await rig.holdRequest("", spending: 10)
      let held = try await withThrowingTaskGroup(of: Bool.self) { group in
        for number in 0..<1_000 {
          group.addTask {
            var request = template
            (request.orderID, request.requestID) = ("ord_\(number)", "ord_\(number)/loyalty.hold")
            do {
              _ = try await rig.holds.hold(request)
              return true
            } catch let error as RPCError where error.reason == "INSUFFICIENT_POINTS" {
              return false
            }
          }
        }
        return try await group.reduce(into: 0) { $0 += $1 ? 1 : 0 }
      }
      #expect(held == 100)
      let balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.heldPoints, balance.debtPoints) == (0, 1_000, 0))
      try await rig.expectSound()
    }
  }

  @Test("Commits and cancels that race for one hold leave exactly one outcome")
  func commitAgainstCancel() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(1_000)
      for number in 0..<20 {
        let order = "ord_\(number)"
        try await rig.hold(order, spending: 10, netSpend: 1_010)
        let committed = try await withThrowingTaskGroup(of: Bool?.self) { group in
          for turn in 0..<10 {
            group.addTask {
              do {
                if turn.isMultiple(of: 2) {
                  try await rig.commit(order)
                  return true
                }
                try await rig.cancel(order)
                return false
              } catch let error as RPCError where ["HOLD_CANCELLED", "HOLD_COMMITTED"].contains(error.reason) {
                return nil
              }
            }
          }
          return try await group.reduce(into: Set<Bool>()) { if let outcome = $1 { $0.insert(outcome) } }
        }
        #expect(committed.count == 1, "\(order)")
      }
      #expect(try await rig.balance().heldPoints == 0)
      try await rig.expectSound()
    }
  }
}
