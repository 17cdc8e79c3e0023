import PatronAPI
import ServiceTesting
import Testing

@testable import Loyalty

/// Buy, earn, send the points to a friend, return the goods, and nobody has them.
@Suite struct TransferClawbackTests {
  @Test("A return brings the points back from the member whom they were sent to")
  func fromReceiver() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.allowTransfers()
      try await rig.sell("ord_1", netSpend: 10_000)
      let transfer = try await rig.transfer("t1", 100)
      let reply = try await rig.reverse("ret_1", of: "ord_1")
      #expect((reply.pointsTakenBack, reply.debtPoints) == (100, 0))
      #expect(try await rig.standing() == [0, 0])
      #expect(try await rig.standing("mem_b") == [0, 0])
      #expect(try await rig.entries("mem_b").first?.returnID == "ret_1")
      #expect(try await rig.points.getTransfer(.init(transferID: transfer.transferID)).transfer?.takenBackPoints == 100)
      // Nothing is left that a reversal could bring back a second time.
      #expect(try await rig.reverseTransfer(transfer.transferID).reversedPoints == 0)
      try await rig.expectSound()
    }
  }

  @Test("What the receiver has spent is taken from the sender's other points, and the rest is the sender's debt")
  func spentMeanwhile() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.allowTransfers()
      try await rig.sell("ord_1", netSpend: 10_000)
      try await rig.transfer("t1", 100)
      try await rig.sell("ord_2", "mem_b", spending: 70)
      try await rig.adjust(20)
      try await rig.adjust(5, of: "mem_b")
      let reply = try await rig.reverse("ret_1", of: "ord_1")
      #expect((reply.pointsTakenBack, reply.debtPoints) == (100, 50))
      #expect(try await rig.standing() == [0, 50])
      // The receiver's own points are the receiver's.
      #expect(try await rig.standing("mem_b") == [5, 0])
      try await rig.expectSound()
    }
  }

  @Test("Through a chain of members a return finds the points, nearest first")
  func chain() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.allowTransfers()
      // The sender's id comes last, so that the rows are taken in another order than the points went.
      try await rig.sell("ord_1", "mem_z", netSpend: 10_000)
      try await rig.transfer("t1", 100, from: "mem_z", to: "mem_b")
      try await rig.transfer("t2", 60, from: "mem_b", to: "mem_c")
      try await rig.transfer("t3", 25, from: "mem_c", to: "mem_z")
      try await rig.reverse("ret_1", of: "ord_1", to: 50)
      #expect(try await rig.standing("mem_b") == [0, 0])
      #expect(try await rig.standing("mem_c") == [25, 0])
      #expect(try await rig.standing("mem_z") == [25, 0])
      try await rig.expectSound()
      try await rig.reverse("ret_2", of: "ord_1", from: 50)
      for member in ["mem_b", "mem_c", "mem_z"] { #expect(try await rig.standing(member) == [0, 0]) }
      try await rig.expectSound()
    }
  }

  @Test("What expired with the receiver is gone, and taken from nobody a second time")
  func expired() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.expireAfterMonths = 1 }
      try await rig.allowTransfers()
      try await rig.sell("ord_1", netSpend: 10_000)
      try await rig.transfer("t1", 60)
      rig.advance(days: 60)
      try await rig.adjust(500)
      try await rig.adjust(7, of: "mem_b")
      let reply = try await rig.reverse("ret_1", of: "ord_1")
      #expect((reply.pointsTakenBack, reply.debtPoints) == (100, 0))
      #expect(try await rig.standing() == [500, 0])
      #expect(try await rig.standing("mem_b") == [7, 0])
      try await rig.expectSound()
    }
  }

  @Test("The fee of a transfer is no way out: what it took is owed")
  func fee() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.allowTransfers { $0.feePoints = 10 }
      try await rig.sell("ord_1", netSpend: 10_000)
      try await rig.transfer("t1", 90)
      try await rig.reverse("ret_1", of: "ord_1")
      #expect(try await rig.standing() == [0, 10])
      #expect(try await rig.standing("mem_b") == [0, 0])
      try await rig.expectSound()
    }
  }

  @Test("Points that expired, were reinstated and sent on come back too")
  func reinstated() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-10T17:00:00Z")
      try await rig.publish { $0.expireAfterMonths = 1 }
      try await rig.allowTransfers()
      try await rig.sell("ord_1", netSpend: 10_000)
      let lot = try #require(try await rig.lots().first?.lotID)
      rig.setClock("2027-03-10T17:00:00Z")
      try await rig.reinstate(lot: lot, points: 70, until: "2027-06-01T00:00:00Z")
      try await rig.transfer("t1", 50)
      let reply = try await rig.reverse("ret_1", of: "ord_1")
      #expect((reply.pointsTakenBack, reply.debtPoints) == (100, 0))
      #expect(try await rig.standing() == [0, 0])
      #expect(try await rig.standing("mem_b") == [0, 0])
      try await rig.expectSound()
    }
  }
}
