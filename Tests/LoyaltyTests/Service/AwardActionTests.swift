import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct AwardActionTests {
  private static let notRewarded = Refused(code: .failedPrecondition, reason: "ACTION_NOT_REWARDED")
  private static let limitReached = Refused(code: .failedPrecondition, reason: "ACTION_LIMIT_REACHED")

  @discardableResult
  private func award(
    _ action: LoyaltyV1.EarnAction, _ id: String, to member: String = "mem_a", _ rig: LoyaltyRig, requestID: String? = nil
  ) async throws -> LoyaltyV1.AwardActionResponse {
    try await rig.loyalty.awardAction(
      LoyaltyV1.AwardActionRequest(
        requestID: requestID ?? rig.freshID(), memberID: member, action: action, actionID: id, storeID: "sto_1"))
  }

  @Test("An action earns a lot and a line of its own, and is told of")
  func earns() async throws {
    try await LoyaltyRig.run { rig in
      let rule = try await rig.publish {
        ($0.actions, $0.activateAfterDays) = ([.init(action: .checkIn, points: 3), .init(action: .review, points: 25)], 14)
      }
      let reply = try await award(.review, "rev_1", rig)
      #expect((reply.points, reply.balance?.pendingPoints, reply.balance?.lifetimeEarnedPoints) == (25, 25, 0))
      let lot = try #require(try await rig.lots().first)
      #expect((lot.source, lot.remainingPoints, lot.ruleVersion, lot.orderID) == ("action", 25, rule.version, ""))
      let entry = try #require(try await rig.entries().first)
      #expect((entry.entryID, entry.kind, entry.points, entry.reason) == (reply.entryID, .earn, 25, "review"))
      let found = try await rig.verify()
      #expect((found.pointsEarned, found.pointsAwarded, found.differences.count) == (0, 25, 0))
      let told = try await rig.service.database.events(after: 0, limit: 100).filter { $0.event.type == "loyalty.action_awarded.v1" }
        .map { try LoyaltyV1.ActionAwarded(decoding: $0.event.payload) }
      #expect(told.map(\.actionID) == ["rev_1"] && told.map(\.points) == [25])
      #expect(try await rig.loyalty.getProgram(LoyaltyV1.GetProgramRequest()).earnRule?.actions == rule.actions)
    }
  }

  @Test("An action earns once under its id, whatever the request id, the rule or the limit by then")
  func once() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.actions = [.init(action: .enrol, points: 100, memberLimit: 1)] }
      let first = try await award(.enrol, "mem_a", rig, requestID: "r")
      #expect(try await award(.enrol, "mem_a", rig, requestID: "r") == first)
      #expect(try await award(.enrol, "mem_a", rig) == first)
      try await rig.publish { _ in }
      #expect(try await award(.enrol, "mem_a", rig).entryID == first.entryID)
      #expect(
        try await refusal { try await award(.enrol, "mem_a", to: "mem_b", rig) }
          == Refused(code: .alreadyExists, reason: "ACTION_DIFFERS"))
      #expect(try await rig.balance().spendablePoints == 100)
      try await rig.expectSound()
    }
  }

  @Test("Limits count a day, a month and a life, in the rule's zone")
  func limits() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-11-30T12:00:00-05:00")
      try await rig.publish {
        ($0.timeZone, $0.actions) = (
          "America/New_York",
          [
            .init(action: .checkIn, points: 1, dayLimit: 1, monthLimit: 2), .init(action: .survey, points: 9, memberLimit: 1),
            .init(action: .referral, points: 5),
          ]
        )
      }
      try await award(.checkIn, "c1", rig)
      #expect(try await refusal { try await award(.checkIn, "c2", rig) } == Self.limitReached)
      // Another member, and another action, have limits of their own.
      try await award(.checkIn, "c3", to: "mem_b", rig)
      try await award(.survey, "s1", rig)
      for number in 1...5 { try await award(.referral, "f\(number)", rig) }
      rig.setClock("2026-11-30T23:59:59-05:00")
      #expect(try await refusal { try await award(.checkIn, "c2", rig) } == Self.limitReached)
      for (day, id) in [("01", "c4"), ("02", "c5")] {
        rig.setClock("2026-12-\(day)T00:00:00-05:00")
        try await award(.checkIn, id, rig)
      }
      rig.setClock("2026-12-03T00:00:00-05:00")
      #expect(try await refusal { try await award(.checkIn, "c6", rig) } == Self.limitReached)
      rig.setClock("2027-12-03T00:00:00-05:00")
      try await award(.checkIn, "c6", rig)
      #expect(try await refusal { try await award(.survey, "s2", rig) } == Self.limitReached)
      #expect(try await refusal { try await award(.review, "r1", rig) } == Self.notRewarded)
      try await rig.expectSound()
    }
  }

  @Test("Caps count actions beside orders, and an action gets what is left of them")
  func caps() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish {
        ($0.actions, $0.caps) = ([.init(action: .review, points: 60)], LoyaltyV1.EarnCaps(dayPoints: 100))
      }
      #expect(try await award(.review, "rev_1", rig).points == 60)
      #expect(try await rig.evaluate([.init(lineNumber: 1, netSpendMinorUnits: 9_000)]).decision?.points == 40)
      #expect(try await award(.review, "rev_2", rig).points == 40)
      #expect(
        try await refusal { try await award(.review, "rev_3", rig) } == Refused(code: .failedPrecondition, reason: "EARN_CAP_REACHED"))
      try await rig.expectSound()
    }
  }

  @Test("A debt is repaid by what an action earns")
  func debt() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.actions = [.init(action: .review, points: 60)] }
      try await rig.sell("ord_1", netSpend: 5_000)
      try await rig.sell("ord_2", spending: 50)
      try await rig.reverse("ret_1", of: "ord_1")
      #expect(try await rig.balance().debtPoints == 50)
      let balance = try await award(.review, "rev_1", rig).balance
      #expect((balance?.debtPoints, balance?.spendablePoints) == (0, 10))
      try await rig.expectSound()
    }
  }

  @Test("1,000 calls at once for ten ids award ten, and no member more than the limit")
  func contention() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish { $0.actions = [.init(action: .review, points: 1, dayLimit: 3)] }
      try await withThrowingTaskGroup(of: Void.self) { group in
        for number in 0..<1_000 {
          group.addTask {
            do {
              try await award(.review, "rev_\(number % 10)", to: "mem_\(number % 2)", rig)
            } catch let error as RPCError where error.reason == "ACTION_LIMIT_REACHED" {}
          }
        }
        try await group.waitForAll()
      }
      #expect(try await rig.balance("mem_0").spendablePoints == 3)
      #expect(try await rig.balance("mem_1").spendablePoints == 3)
      try await rig.expectSound()
    }
  }

  @Test(
    "Actions that cannot work are refused by their field",
    arguments: [
      InvalidRule("rule.actions[0].action") { $0.actions = [.init(action: .unspecified, points: 1)] },
      InvalidRule("rule.actions[0].points") { $0.actions = [.init(action: .review, points: 0)] },
      InvalidRule("rule.actions[0].day_limit") { $0.actions = [.init(action: .review, points: 1, dayLimit: -1)] },
      InvalidRule("rule.actions") { $0.actions = [.init(action: .review, points: 1), .init(action: .review, points: 2)] },
    ] as [InvalidRule])
  func invalid(_ invalid: InvalidRule) async throws {
    try await LoyaltyRig.run { rig async throws in
      await #expect { try await rig.publish(invalid.change) } throws: { error in
        (error as? RPCError)?.fieldViolations.map(\.field) == [invalid.field]
      }
    }
  }
}
