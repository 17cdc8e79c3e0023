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
    let members = try reader.all(Self.nextMembers, [.text(first), .integer(Self.membersOfABatch)]) { row in
      (memberID: row.text(0), enrolledAt: row.optionalTime(1))
    }
    guard let last = members.last?.memberID else { return nil }
    let calendar = program.rule.calendar
    let schemes = [program.scheme, draft]
    let shared = schemes.map { SharedBases(of: $0, at: instant, calendar) }
    let earliest = shared.map(\.earliest).min() ?? .distantPast
    let facts = try OrderFactStore.facts(ofMembersAfter: first, through: last, since: earliest, reader)
    let grants = try TierGrantStore.inForce(ofMembersAfter: first, through: last, at: instant, reader)
    for (memberID, firstLine) in members {
      let ofMember = facts[memberID] ?? OrderFacts([])
      let enrolledAt = [firstLine, ofMember.all.first?.at].compactMap { $0 }.min() ?? instant
      let positions = zip(schemes, shared).map { scheme, shared in
        let tiers = MemberTiers(
          scheme: scheme, calendar: calendar, facts: ofMember, grants: grants[memberID] ?? [], enrolledAt: enrolledAt)
        return tiers.position(at: instant, over: shared.bases)
      }
      simulation.count(memberID, from: positions[0], to: positions[1])
    }
    return members.count == Self.membersOfABatch ? last : nil
  }

  /// What the tiers of all members rest on alike; computed once a batch, since it costs more than summing a member's orders.
  private struct SharedBases {
    /// Nil where each member has bases of their own.
    var bases: [TierBasis]?
    var earliest: Date

    init(of scheme: TierScheme, at instant: Date, _ calendar: ProgramCalendar) {
      guard !scheme.asksForEnrolment else {
        (bases, earliest) = (nil, .distantPast)
        return
      }
      let shared = scheme.bases(at: instant, enrolledAt: instant, calendar: calendar)
      (bases, earliest) = (shared, shared.map(\.start).min() ?? .distantPast)
    }
  }

  private static let nextMembers = SQL(
    "loyalty.members-to-simulate",
    """
    SELECT account.member_id, (
      SELECT line.posted_at FROM ledger_transaction AS line WHERE line.member_id = account.member_id AND line.number = 1)
    FROM member_account AS account WHERE account.member_id > ?1 ORDER BY account.member_id LIMIT ?2
    """)
}
