import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct TierSimulationTests {
  @Test("A draft is held against the scheme in force: who goes where, by count and some by name; nothing changes")
  func matrix() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publish(.ladder(.rolling, months: 12))
      for (number, spend) in [(1, 5_000), (2, 12_000), (3, 12_000), (4, 12_000), (5, 30_000)] as [(Int, Int64)] {
        try await rig.sell("ord_\(number)", "mem_\(number)", netSpend: spend)
      }
      try await rig.grant("gold", to: "mem_6", until: "2999-01-01T00:00:00Z")
      let draft = LoyaltyV1.TierScheme(
        tiers: [("base", 0), ("silver", 20_000), ("gold", 30_000)].map { code, threshold in
          LoyaltyV1.Tier(code: code, name: code, thresholdGrowthValue: threshold)
        }, windowMonths: 12)
      let before = try await rig.service.database.events(after: 0, limit: 100).count
      let reply = try await rig.tiers.simulateTierScheme(LoyaltyV1.SimulateTierSchemeRequest(draft: draft, samples: 2))
      #expect((reply.members, reply.membersRaised, reply.membersLowered, reply.schemeVersion) == (6, 0, 3, 2))
      let found = reply.changes.map { ["\($0.tierCode) to \($0.draftTierCode): \($0.members)"] + $0.memberIDs }
      #expect(found == [["base to base: 1"], ["silver to base: 3", "mem_2", "mem_3"], ["gold to gold: 2"]])
      #expect(try await rig.balance("mem_2").tierCode == "silver")
      #expect(try await rig.service.database.events(after: 0, limit: 100).count == before)
    }
  }

  @Test("A draft of another kind is simulated by each member's own first day and periods")
  func anniversaries() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-10T12:00:00Z")
      try await rig.publish(.ladder(.calendarYear))
      try await rig.sell("ord_1", "mem_1", netSpend: 30_000)
      rig.setClock("2026-12-20T12:00:00Z")
      try await rig.sell("ord_2", "mem_2", netSpend: 30_000)
      rig.setClock("2027-01-20T12:00:00Z")
      let draft = LoyaltyV1.TierScheme.ladder(.anniversary)
      let reply = try await rig.tiers.simulateTierScheme(LoyaltyV1.SimulateTierSchemeRequest(draft: draft, samples: 5))
      #expect((reply.membersRaised, reply.membersLowered) == (1, 0))
      #expect(reply.changes.last?.memberIDs == ["mem_2"])
    }
  }

  @Test("A draft that cannot work is refused by its field")
  func invalid() async throws {
    try await LoyaltyRig.run { rig async throws in
      let request = LoyaltyV1.SimulateTierSchemeRequest(draft: .ladder(.rolling), samples: 101)
      await #expect { _ = try await rig.tiers.simulateTierScheme(request) } throws: { error in
        (error as? RPCError)?.fieldViolations.map(\.field) == ["samples", "draft.window_months"]
      }
    }
  }
}
