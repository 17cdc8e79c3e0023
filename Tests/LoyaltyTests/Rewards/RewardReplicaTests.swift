import PatronAPI
import ServiceTesting
import Testing

@testable import Loyalty

/// Three replicas of loyalty on one PostgreSQL database.
@Suite(.enabled(if: !TestEngine.isSQLite, "on PostgreSQL only")) struct RewardReplicaTests {
  @Test("A thousand callers of three replicas on five pieces: five have one, and their books are sound")
  func stock() async throws {
    try await LoyaltyRig.runReplicas(3) { rigs in
      try await rigs[0].publishReward(stock: 5)
      for member in 0..<20 { try await rigs[member % 3].adjust(10_000, of: "mem_\(member)") }
      let granted = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<1_000 {
          group.addTask { (try? await rigs[number % 3].redeem(1, "mem_\(number % 20)")) != nil }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(granted == 5)
      try await rigs[1].expectSound()
    }
  }

  @Test("Buyers at three replicas get numbers without a gap, and two replicas that run the draw come to one result")
  func draw() async throws {
    try await LoyaltyRig.runReplicas(3) { rigs in
      rigs[0].setClock("2027-01-01T12:00:00Z")
      try await rigs[0].publishDraw()
      for member in 0..<5 { try await rigs[member % 3].adjust(100, of: "mem_\(member)") }
      let bought = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<100 {
          group.addTask { (try? await rigs[number % 3].buyTickets(1, "mem_\(number % 5)")) != nil }
        }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      #expect(bought == 50)
      #expect(try await rigs[1].tickets().map(\.firstNumber) == Array(1...50))
      rigs[0].setClock("2027-01-02T12:00:00Z")
      let draws = try await withThrowingTaskGroup(of: LoyaltyV1.Draw.self) { group in
        for rig in rigs { group.addTask { try await rig.runDraw() } }
        return try await group.reduce(into: [LoyaltyV1.Draw]()) { $0.append($1) }
      }
      #expect(draws.allSatisfy { $0 == draws[0] })
      #expect(try await rigs[2].verify().pointsWon == 100)
      try await rigs[2].expectSound()
    }
  }
}
