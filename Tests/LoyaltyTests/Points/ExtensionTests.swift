import Database
import GoogleProto
import PatronAPI
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct ExtensionTests {
  private func withPoints(_ test: (LoyaltyRig) async throws -> Void) async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-10T17:00:00Z")
      try await rig.publish { $0.expireAfterMonths = 2 }
      try await rig.adjust(100)
      rig.setClock("2027-02-10T17:00:00Z")
      try await rig.adjust(30)
      try await test(rig)
    }
  }

  @Test("All lots that would end sooner live on, each with a line; the schedule shows it at once")
  func extendsAll() async throws {
    try await withPoints { rig in
      let reply = try await rig.extend(to: "2027-04-01T04:00:00Z")
      #expect((reply.points, reply.lots.map(\.earnedPoints)) == (100, [100]))
      #expect(try await rig.lots().map(\.expireTime) == ["2027-04-01T04:00:00Z", "2027-04-11T00:00:00Z"].map { .init(instant($0)) })
      let line = try #require(try await rig.entries().first)
      #expect((line.kind, line.points, line.reason) == (.extension, 0, "goodwill"))
      rig.setClock("2027-03-31T17:00:00Z")
      #expect(try await rig.standing() == [130, 0])
      rig.setClock("2027-04-01T04:00:00Z")
      #expect(try await rig.standing() == [30, 0])
      try await rig.expectSound()
    }
  }

  @Test("A lot is never shortened, and one that has ended is not extended")
  func refuses() async throws {
    try await withPoints { rig in
      let lots = try await rig.lots().map(\.lotID)
      #expect(try await refusal { try await rig.extend(lot: lots[1], to: "2027-04-11T00:00:00Z") } == .failed("LOT_ENDS_LATER"))
      #expect(try await refusal { try await rig.extend(to: "2027-03-01T00:00:00Z") } == .failed("NOTHING_TO_EXTEND"))
      #expect(try await refusal { try await rig.extend(to: "2027-02-01T00:00:00Z") } == .invalidFields)
      let unknown = Refused(code: .notFound, reason: "LOT_UNKNOWN")
      #expect(try await refusal { try await rig.extend("mem_b", lot: lots[0], to: "2027-05-01T00:00:00Z") } == unknown)
      rig.setClock("2027-03-11T05:00:00Z")
      #expect(try await refusal { try await rig.extend(lot: lots[0], to: "2027-05-01T00:00:00Z") } == .failed("LOT_EXPIRED"))
      try await rig.expectSound()
    }
  }

  @Test("Held points live on with their lot")
  func held() async throws {
    try await withPoints { rig in
      try await rig.hold("ord_1", spending: 100)
      #expect(try await rig.extend(to: "2027-04-01T04:00:00Z").points == 100)
      rig.setClock("2027-03-20T17:00:00Z")
      try await rig.cancel("ord_1")
      #expect(try await rig.standing() == [130, 0])
      try await rig.expectSound()
    }
  }

  @Test("Expired points come back as a lot of their own, at most once and at most what expired")
  func reinstates() async throws {
    try await withPoints { rig in
      let lot = try #require(try await rig.lots().first?.lotID)
      #expect(
        try await refusal { try await rig.reinstate(lot: lot, until: "2027-05-01T00:00:00Z") } == .failed("REINSTATEMENT_EXCEEDS_EXPIRED"))
      try await rig.sell("ord_1", spending: 20)
      rig.setClock("2027-03-20T17:00:00Z")
      #expect(try await rig.standing() == [30, 0])
      try await rig.postExpired()
      let first = try await rig.reinstate(lot: lot, points: 50, until: "2027-05-01T00:00:00Z")
      #expect((first.points, first.balance?.spendablePoints) == (50, 80))
      let expired = try await rig.expiredLots()
      #expect(expired.map { "\($0.lotID) \($0.expiredPoints)" } == ["\(lot) 30"])
      #expect(
        try await refusal { try await rig.reinstate(lot: lot, points: 31, until: "2027-05-01T00:00:00Z") }
          == .failed("REINSTATEMENT_EXCEEDS_EXPIRED"))
      #expect(try await rig.reinstate(lot: lot, until: "2027-05-01T00:00:00Z").points == 30)
      #expect(try await rig.expiredLots().isEmpty)
      let back = try #require(try await rig.lots().last)
      #expect((back.source, back.sourceLotID, back.earnedPoints) == ("reinstatement", lot, 30))
      #expect(try await rig.entries().first?.kind == .reinstatement)
      #expect(try await rig.verify().pointsExpired == 0)
      // They end again like any others.
      rig.setClock("2027-05-01T00:00:00Z")
      #expect(try await rig.standing() == [0, 0])
      try await rig.expectSound()
    }
  }

  @Test("A debt is repaid out of reinstated points first")
  func debt() async throws {
    try await withPoints { rig in
      let lot = try #require(try await rig.lots().first?.lotID)
      rig.setClock("2027-03-20T17:00:00Z")
      try await rig.sell("ord_1", netSpend: 5_000)
      try await rig.sell("ord_2", spending: 80)
      try await rig.reverse("ret_1", of: "ord_1")
      #expect(try await rig.standing() == [0, 50])
      #expect(try await rig.reinstate(lot: lot, until: "2027-05-01T00:00:00Z").balance?.spendablePoints == 50)
      try await rig.expectSound()
    }
  }

  @Test("Of a longer life a notice tells anew, before the new end")
  func notices() async throws {
    try await withPoints { rig in
      let notices = ExpiryNotices(
        environment: rig.service.environment, interval: .seconds(60), lead: .seconds(10 * 86_400), batch: 100)
      rig.setClock("2027-03-05T17:00:00Z")
      try await notices.pass()
      try await rig.extend(to: "2027-04-01T04:00:00Z")
      try await notices.pass()
      rig.setClock("2027-03-25T17:00:00Z")
      try await notices.pass()
      try await notices.pass()
      let told = try await rig.service.database.events(after: 0, limit: 1_000).map(\.event).filter {
        $0.type == "loyalty.points_expiring.v1"
      }
      .map { try LoyaltyV1.PointsExpiring(decoding: $0.payload).expireTime?.date }
      #expect(told == [instant("2027-03-11T00:00:00Z"), instant("2027-04-01T04:00:00Z")])
    }
  }
}
