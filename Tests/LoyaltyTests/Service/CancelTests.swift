import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct CancelTests {
  @Test("A cancel gives the points back to the lots that they came from")
  func givesBack() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.hold("ord_1", spending: 30, netSpend: 5_000)
      try await rig.cancel("ord_1")
      try await rig.cancel("ord_1")
      let balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.heldPoints, balance.growthValue) == (100, 0, 0))
      #expect(try await rig.lots().map(\.remainingPoints) == [100])
      try await rig.expectSound()
    }
  }

  @Test("Cancelled before it was held: the tombstone refuses the hold that comes late")
  func tombstone() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.cancel("ord_1")
      #expect(try await refusal { try await rig.hold("ord_1", spending: 30) } == .holdCancelled)
      #expect(try await refusal { try await rig.commit("ord_1") } == .holdCancelled)
      try await rig.cancel("ord_1")
      #expect(try await rig.balance().spendablePoints == 100)
      let holds = try await rig.holds.listHolds(LoyaltyV1.ListHoldsRequest()).holds
      #expect(holds.map(\.state) == [.tombstone])
      try await rig.expectSound()
    }
  }

  @Test("A hold that comes after its cancel is refused")
  func holdAfterCancel() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      let request = try await rig.holdRequest("ord_1", spending: 30)
      _ = try await rig.holds.hold(request)
      try await rig.cancel("ord_1")
      var again = request
      again.requestID = rig.freshID()
      #expect(try await refusal { _ = try await rig.holds.hold(again) } == .holdCancelled)
      // The first one's own id still replays its reply, byte for byte; it holds nothing anew.
      #expect(try await rig.holds.hold(request).orderID == "ord_1")
      #expect(try await rig.balance().heldPoints == 0)
    }
  }

  @Test("A committed order cannot be cancelled")
  func afterCommit() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.sell("ord_1", netSpend: 5_000)
      let committed = Refused(code: .failedPrecondition, reason: "HOLD_COMMITTED")
      #expect(try await refusal { try await rig.cancel("ord_1") } == committed)
      #expect(try await rig.balance().spendablePoints == 50)
    }
  }

  @Test("Released points repay a debt before they can be spent")
  func repaysDebt() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.sell("ord_1", netSpend: 5_000)
      // Everything that the order earned is held by an open checkout while the order is returned.
      try await rig.hold("ord_2", spending: 50)
      let back = try await rig.reverse("ret_1", of: "ord_1")
      #expect((back.pointsTakenBack, back.debtPoints, back.balance?.debtPoints) == (50, 50, 50))
      try await rig.cancel("ord_2")
      let balance = try await rig.balance()
      #expect((balance.spendablePoints, balance.debtPoints) == (0, 0))
      let entries = try await rig.entries()
      #expect(entries.map(\.kind) == [.debtRepayment, .earnReversal, .earn])
      #expect(entries.map(\.points) == [-50, 0, 50])
      #expect(entries.map(\.debtPoints) == [-50, 50, 0])
      try await rig.expectSound()
    }
  }
}
