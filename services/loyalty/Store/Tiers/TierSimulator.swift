internal import Database
internal import Foundation

/// Runs `TierSimulation` over all members, a batch at a time. Each batch is a snapshot of its own on the maintenance reader, so that none is
/// pinned for the time of all, no till waits for a reader and nobody for a writer; who buys in between counts as before or as after.
struct TierSimulator: Sendable {
  static let membersOfABatch = 2_000

  let database: Database
  let draft: TierScheme
  let samples: Int
  let instant: Date

  func run(deadline: ContinuousClock.Instant? = nil) async throws -> TierSimulation {
    let program = try await database.read { snapshot in try ProgramStore.inForce(snapshot) }
    var simulation = TierSimulation(current: program.scheme, draft: draft, samples: samples)
    var last: String? = ""
    while let from = last {
      try Task.checkCancellation()
      let before = simulation
      (simulation, last) = try await database.maintenanceRead(deadline: deadline) { snapshot in
        var simulation = before
        let last = try batch(after: from, program, &simulation, snapshot)
        return (simulation, last)
      }
    }
    return simulation
  }

  /// Counts the members of the next batch, and says who was the last; nil where there are no more.
  private func batch(
    after first: String, _ program: Program, _ simulation: inout TierSimulation, _ reader: some Queryable
  ) throws -> String? {
    let members = try MemberAccountStore.members(after: first, limit: Self.membersOfABatch, reader)
    guard let last = members.last?.memberID else { return nil }
    let tiers = try TiersOfMembers(by: [program.scheme, draft], program.rule.calendar, after: first, through: last, at: instant, reader)
    for (memberID, firstLine) in members {
      let positions = tiers.positions(of: memberID, firstLine: firstLine)
      simulation.count(memberID, from: positions[0], to: positions[1])
    }
    return members.count == Self.membersOfABatch ? last : nil
  }
}
