import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct AdjustmentApprovalTests {
  private static let policy = LoyaltyV1.PointsPolicy(
    adjustments: LoyaltyV1.AdjustmentPolicy(approvalAbovePoints: 100, maximumPoints: 1_000, staffDailyPoints: 250, requestHours: 48))

  @Test("Up to the limit one person suffices, above it two, and above the most nobody")
  func limits() async throws {
    try await StaffRig.run(Self.policy) { rig in
      try await rig.adjust(100, by: "ann")
      #expect(try await refusal { try await rig.adjust(101, by: "ann") } == .failed("APPROVAL_REQUIRED"))
      #expect(try await refusal { try await rig.adjust(-101, by: "ann") } == .failed("APPROVAL_REQUIRED"))
      #expect(try await refusal { try await rig.adjust(1_001, by: "ann") } == .failed("ADJUSTMENT_TOO_LARGE"))
      #expect(try await refusal { _ = try await rig.request(1_001, by: "ann") } == .failed("ADJUSTMENT_TOO_LARGE"))
      let asked = try await rig.request(1_000, by: "ann")
      #expect(asked.state == .pending)
      #expect(try await rig.spendable() == 100)
      let approved = try await rig.approve(asked.adjustmentID, by: "bob")
      #expect(approved.request?.state == .approved)
      #expect((approved.request?.decideActor, approved.balance?.spendablePoints) == ("cli_office/bob", 1_100))
      // The statement says who did it, and the request who let it happen.
      let line = try await rig.loyalty.listEntries(.init(memberID: "mem_a"), options: rig.caller("owner")).entries.first
      #expect((line?.entryID, line?.actor) == (approved.request?.entryID, "cli_office/ann"))
      try await rig.expectSound()
    }
  }

  @Test("A day's limit counts what a person gave and took, prolonged and reinstated, and not what two decided")
  func staffDay() async throws {
    try await StaffRig.run(Self.policy) { rig in
      rig.service.clock.set(instant("2027-01-10T17:00:00Z"))
      try await rig.adjust(100, by: "ann")
      try await rig.adjust(-90, by: "ann")
      let asked = try await rig.request(500, by: "ann")
      try await rig.approve(asked.adjustmentID, by: "bob")
      #expect(try await refusal { try await rig.adjust(61, by: "ann") } == .failed("APPROVAL_REQUIRED"))
      try await rig.adjust(60, by: "ann")
      #expect(try await refusal { try await rig.adjust(1, by: "ann") } == .failed("APPROVAL_REQUIRED"))
      // Another person has a day of one's own, and so has tomorrow; 570 points are more than one may prolong alone.
      try await rig.adjust(10, of: "mem_b", by: "bob")
      let longer = LoyaltyV1.ExtendLotsRequest(
        requestID: rig.freshID(), memberID: "mem_b", expireTime: GoogleProtobuf.Timestamp(instant("2029-01-01T05:00:00Z")), reason: "x")
      #expect(try await refusal { _ = try await rig.points.extendLots(longer, options: rig.caller("ann")) } == .failed("APPROVAL_REQUIRED"))
      rig.service.clock.set(instant("2027-01-11T17:00:00Z"))
      #expect(try await rig.points.extendLots(longer, options: rig.caller("ann")).points == 10)
      var all = longer
      (all.requestID, all.memberID) = (rig.freshID(), "mem_a")
      let refused = all
      #expect(
        try await refusal { _ = try await rig.points.extendLots(refused, options: rig.caller("ann")) } == .failed("APPROVAL_REQUIRED"))
      try await rig.expectSound()
    }
  }

  @Test("Who asks does not approve, nor does nobody in particular, nor the member")
  func secondPerson() async throws {
    try await StaffRig.run(Self.policy) { rig in
      try await rig.link("carl", to: "mem_a")
      let asked = try await rig.request(500, by: "ann")
      #expect(try await refusal { try await rig.approve(asked.adjustmentID, by: "ann") } == .failed("SECOND_PERSON_REQUIRED"))
      #expect(try await refusal { try await rig.approve(asked.adjustmentID, by: "") } == .failed("SECOND_PERSON_REQUIRED"))
      #expect(try await refusal { try await rig.approve(asked.adjustmentID, by: "carl") } == .failed("APPROVAL_REQUIRED"))
      #expect(try await rig.requests(pendingOnly: true).map(\.adjustmentID) == [asked.adjustmentID])
      try await rig.approve(asked.adjustmentID, by: "bob")
      #expect(try await rig.spendable() == 500)
      // Of one's own account nobody decides alone.
      #expect(try await refusal { try await rig.adjust(1, by: "carl") } == .failed("APPROVAL_REQUIRED"))
      try await rig.adjust(1, of: "mem_b", by: "carl")
      #expect(
        try await refusal {
          _ = try await rig.points.linkStaffMember(.init(requestID: rig.freshID(), staffID: "ann"), options: rig.caller("ann"))
        } == .invalidFields)
      try await rig.expectSound()
    }
  }

  @Test("A request is decided once, and lapses at its instant")
  func once() async throws {
    try await StaffRig.run(Self.policy) { rig in
      let (first, second) = (try await rig.request(500, by: "ann"), try await rig.request(300, by: "ann"))
      let third = try await rig.request(200, by: "ann")
      for _ in 0..<2 { try await rig.approve(first.adjustmentID, by: "bob") }
      for _ in 0..<2 { try await rig.reject(second.adjustmentID, by: "bob") }
      #expect(try await rig.spendable() == 500)
      #expect(try await refusal { try await rig.approve(second.adjustmentID, by: "bob") } == .failed("REQUEST_DECIDED"))
      #expect(try await refusal { try await rig.reject(first.adjustmentID, by: "bob") } == .failed("REQUEST_DECIDED"))
      rig.service.clock.advance(by: .seconds(48 * 3_600))
      #expect(try await refusal { try await rig.approve(third.adjustmentID, by: "bob") } == .failed("REQUEST_DECIDED"))
      #expect(Set(try await rig.requests().map { "\($0.adjustmentID) \($0.state)" }).count == 3)
      #expect(try await rig.requests().first { $0.adjustmentID == third.adjustmentID }?.state == .lapsed)
      #expect(try await rig.requests(pendingOnly: true).isEmpty)
      #expect(try await refusal { try await rig.approve("adj_none", by: "bob") } == Refused(code: .notFound, reason: "REQUEST_UNKNOWN"))
      try await rig.expectSound()
    }
  }

  @Test("An approval that cannot be carried out leaves the request as it was")
  func cannot() async throws {
    try await StaffRig.run(Self.policy) { rig in
      let asked = try await rig.request(-500, by: "ann")
      #expect(try await refusal { try await rig.approve(asked.adjustmentID, by: "bob") } == .insufficientPoints)
      #expect(try await rig.requests(pendingOnly: true).count == 1)
      for staff in ["bob", "bob", "cyd", "cyd", "dan"] { try await rig.adjust(100, by: staff) }
      #expect(try await rig.approve(asked.adjustmentID, by: "bob").balance?.spendablePoints == 0)
      try await rig.expectSound()
    }
  }

  @Test("An adjustment happens once under its reference")
  func reference() async throws {
    try await StaffRig.run(LoyaltyV1.PointsPolicy()) { rig in
      let first = try await rig.adjust(10, by: "ann", reference: "case-1")
      #expect(try await rig.adjust(10, by: "bob", reference: "case-1").entryID == first.entryID)
      let differs = Refused(code: .alreadyExists, reason: "REFERENCE_DIFFERS")
      #expect(try await refusal { try await rig.adjust(11, by: "ann", reference: "case-1") } == differs)
      #expect(try await rig.spendable() == 10)
      try await rig.expectSound()
    }
  }
}
