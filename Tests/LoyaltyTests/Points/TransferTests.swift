import Database
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct TransferTests {
  @Test("Points go to the other member with the end that they had, and growth value and tiers stay")
  func moves() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.allowTransfers()
      try await rig.sell("ord_1", netSpend: 60_000)
      rig.advance(days: 30)
      try await rig.sell("ord_2", netSpend: 10_000)
      let before = try await rig.lots()
      let transfer = try await rig.transfer("gift-1", 650)
      #expect((transfer.points, transfer.feePoints, transfer.policyVersion) == (650, 0, 1))

      #expect(try await rig.standing() == [50, 0])
      #expect(try await rig.standing("mem_b") == [650, 0])
      let received = try await rig.lots("mem_b")
      #expect(received.map(\.earnedPoints) == [600, 50])
      #expect(received.map(\.expireTime) == before.map(\.expireTime))
      #expect(received.map(\.sourceLotID) == before.map(\.lotID))
      #expect(received.allSatisfy { $0.source == "transfer" && $0.transferID == transfer.transferID })
      let (sender, receiver) = (try await rig.balance(), try await rig.balance("mem_b"))
      #expect((sender.tierCode, receiver.tierCode, receiver.growthValue) == ("silver", "member", 0))
      #expect(try await rig.entries().first?.kind == .transferOut)
      let line = try #require(try await rig.entries("mem_b").first)
      #expect((line.kind, line.points, line.transferID) == (.transferIn, 650, transfer.transferID))
      try await rig.expectSound()
    }
  }

  @Test("A transfer happens once under its reference, whatever the request id, and not at all under another's")
  func once() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.allowTransfers()
      try await rig.adjust(100)
      let request = rig.transferRequest("gift-1", 30)
      let first = try await rig.points.transferPoints(request).transfer
      #expect(try await rig.points.transferPoints(request).transfer == first)
      #expect(try await rig.transfer("gift-1", 30) == first)
      let differs = Refused(code: .alreadyExists, reason: "REFERENCE_DIFFERS")
      #expect(try await refusal { try await rig.transfer("gift-1", 31) } == differs)
      #expect(try await refusal { try await rig.transfer("gift-1", 30, to: "mem_c") } == differs)
      #expect(try await rig.standing() == [70, 0])
      #expect(try await rig.points.listTransfers(.init(memberID: "mem_b")).transfers == [try #require(first)])
      #expect(try await rig.points.getTransfer(.init(transferID: first?.transferID ?? "")).transfer == first)
      try await rig.expectSound()
    }
  }

  @Test("Only what is active and not held can be sent, and nobody sends before a policy allows it")
  func spendableOnly() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      #expect(try await refusal { try await rig.transfer("t1", 10) } == .failed("TRANSFERS_NOT_ALLOWED"))
      try await rig.allowTransfers()
      try await rig.publish { $0.activateAfterDays = 14 }
      try await rig.sell("ord_1", netSpend: 50_000)
      try await rig.hold("ord_2", spending: 40)
      #expect(try await refusal { try await rig.transfer("t1", 61) } == .insufficientPoints)
      try await rig.transfer("t1", 60)
      #expect(try await rig.standing() == [0, 0])
      try await rig.commit("ord_2")
      try await rig.expectSound()
    }
  }

  @Test("The fee is stated, paid by the sender and kept by the programme")
  func fee() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.allowTransfers { $0.feePerMille = 25 }
      try await rig.adjust(1_000)
      var request = rig.transferRequest("t1", 199)
      request.expectedFeePoints = 5
      #expect(try await refusal { _ = try await rig.points.transferPoints(request) } == .failed("FEE_CHANGED"))
      (request.requestID, request.expectedFeePoints) = (rig.freshID(), 4)
      #expect(try await rig.points.transferPoints(request).transfer?.feePoints == 4)
      #expect(try await rig.standing() == [797, 0])
      #expect(try await refusal { try await rig.transfer("t2", 797) } == .insufficientPoints)
      #expect(try await rig.entries().prefix(2).map(\.kind) == [.transferFee, .transferOut])
      let sums = try await rig.verify()
      #expect((sums.pointsAdjusted, sums.pointsTransferFees) == (1_000, 4))
      try await rig.expectSound()
    }
  }

  @Test("A receiver's debt is repaid first")
  func debt() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.allowTransfers()
      try await rig.sell("ord_1", "mem_b", netSpend: 5_000)
      try await rig.sell("ord_2", "mem_b", spending: 50)
      try await rig.reverse("ret_1", of: "ord_1")
      #expect(try await rig.standing("mem_b") == [0, 50])
      try await rig.adjust(100)
      let transfer = try await rig.transfer("t1", 80)
      #expect(try await rig.standing("mem_b") == [30, 0])
      #expect(try await rig.reverseTransfer(transfer.transferID).reversedPoints == 30)
      #expect(try await rig.standing() == [50, 0])
      try await rig.expectSound()
    }
  }

  @Test("Points from others go on only where the policy lets them")
  func sentOn() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.allowTransfers { $0.receivedMayBeSentOn = false }
      try await rig.adjust(100)
      try await rig.adjust(10, of: "mem_b")
      try await rig.transfer("t1", 50)
      #expect(try await refusal { try await rig.transfer("t2", 11, from: "mem_b", to: "mem_c") } == .failed("RECEIVED_POINTS_STAY"))
      try await rig.transfer("t2", 10, from: "mem_b", to: "mem_c")
      #expect(try await rig.standing("mem_c") == [10, 0])
      try await rig.expectSound()
    }
  }

  @Test("A day's and a month's limits count what was sent and leave the room of what came back")
  func limits() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-30T17:00:00Z")
      try await rig.allowTransfers { ($0.senderDailyPoints, $0.senderMonthlyPoints, $0.receiverMonthlyPoints) = (50, 80, 60) }
      try await rig.adjust(1_000)
      let first = try await rig.transfer("t1", 50)
      #expect(try await refusal { try await rig.transfer("t2", 1, to: "mem_c") } == .failed("TRANSFER_LIMIT"))
      try await rig.reverseTransfer(first.transferID)
      try await rig.transfer("t2", 50)
      // The next day of New York, still January: 30 of the month, 10 of the receiver's.
      rig.setClock("2027-01-31T17:00:00Z")
      #expect(try await refusal { try await rig.transfer("t3", 11) } == .failed("TRANSFER_LIMIT"))
      try await rig.transfer("t3", 10)
      #expect(try await refusal { try await rig.transfer("t4", 21, to: "mem_c") } == .failed("TRANSFER_LIMIT"))
      rig.setClock("2027-02-01T17:00:00Z")
      try await rig.transfer("t4", 50)
      try await rig.expectSound()
    }
  }

  @Test("A transfer to the wrong member is reversed once, as far as the receiver still has the points")
  func reversed() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.allowTransfers()
      try await rig.sell("ord_1", netSpend: 10_000)
      let transfer = try await rig.transfer("t1", 80)
      try await rig.sell("ord_2", "mem_b", spending: 30)
      try await rig.hold("ord_3", "mem_b", spending: 10)
      let reversed = try await rig.reverseTransfer(transfer.transferID)
      #expect((reversed.reversedPoints, reversed.reverseReason) == (40, "wrong receiver"))
      #expect(try await rig.standing() == [60, 0])
      #expect(try await rig.standing("mem_b") == [0, 0])
      // The held ones come back to the receiver, and a second reversal leaves them.
      try await rig.cancel("ord_3")
      #expect(try await rig.reverseTransfer(transfer.transferID) == reversed)
      #expect(try await rig.standing("mem_b") == [10, 0])
      #expect(try await rig.lots().map(\.remainingPoints) == [60])
      let unknown = Refused(code: .notFound, reason: "TRANSFER_UNKNOWN")
      #expect(try await refusal { try await rig.reverseTransfer("ptr_none") } == unknown)
      try await rig.expectSound()
    }
  }

  @Test("A transfer prolongs no life: by inactivity, too, the points end when they would have ended")
  func inactivity() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-10T17:00:00Z")
      try await rig.allowTransfers()
      try await rig.publish { $0.expiry = "3M inactive" }
      try await rig.sell("ord_1", netSpend: 10_000)
      try await rig.transfer("t1", 60)
      rig.setClock("2027-03-01T17:00:00Z")
      // An order of the receiver keeps the receiver's own points alive, and those that were sent no longer than the sender's.
      try await rig.sell("ord_2", "mem_b", netSpend: 1_000)
      rig.setClock("2027-04-20T17:00:00Z")
      #expect(try await rig.standing("mem_b") == [10, 0])
      #expect(try await rig.standing() == [0, 0])
      try await rig.expectSound()
    }
  }

  @Test("Both members' events tell of a transfer and of its reversal")
  func events() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.allowTransfers()
      try await rig.adjust(100)
      var request = rig.transferRequest("t1", 40)
      (request.kind, request.messageKey) = (.gift, "birthday")
      let transfer = try #require(try await rig.points.transferPoints(request).transfer)
      #expect((transfer.kind, transfer.messageKey) == (.gift, "birthday"))
      try await rig.reverseTransfer(transfer.transferID)
      let events = try await rig.service.database.events(after: 0, limit: 1_000).map(\.event)
      #expect(
        events.map { "\($0.type) \($0.aggregateID)" } == [
          "loyalty.points_adjusted.v1 mem_a", "loyalty.points_transferred.v1 mem_a", "loyalty.points_received.v1 mem_b",
          "loyalty.transfer_reversed.v1 mem_b", "loyalty.transfer_reversed.v1 mem_a",
        ])
    }
  }

  @Test("A transfer to oneself, of nothing, of an unknown kind, or with a gift's words is refused")
  func invalid() async throws {
    try await LoyaltyRig.run { rig async throws in
      let changes: [(inout LoyaltyV1.TransferPointsRequest) -> Void] = [
        { $0.toMemberID = "mem_a" }, { $0.points = 0 }, { $0.points = -5 }, { $0.kind = .unspecified }, { $0.messageKey = "birthday" },
        { $0.reference = "" },
      ]
      for change in changes {
        var request = rig.transferRequest("t1", 10)
        change(&request)
        let sent = request
        #expect(try await refusal { _ = try await rig.points.transferPoints(sent) } == .invalidFields)
      }
      let policy = LoyaltyV1.PointsPolicy(transfers: LoyaltyV1.TransferPolicy(feePoints: 1, feePerMille: 1))
      #expect(try await refusal { _ = try await rig.publish(policy) } == .invalidFields)
    }
  }
}
