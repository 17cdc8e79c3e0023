internal import Database
internal import Foundation

/// The tiers of all members of a range, by each of some schemes: their orders and grants are read once for all.
struct TiersOfMembers {
  private let schemes: [TierScheme]
  private let shared: [SharedBases]
  private let calendar: ProgramCalendar
  private let instant: Date
  private let facts: [String: OrderFacts]
  private let grants: [String: [TierGrant]]

  init(
    by schemes: [TierScheme], _ calendar: ProgramCalendar, after first: String, through last: String, at instant: Date,
    _ reader: some Queryable
  ) throws {
    (self.schemes, self.calendar, self.instant) = (schemes, calendar, instant)
    shared = schemes.map { SharedBases(of: $0, at: instant, calendar) }
    let earliest = shared.map(\.earliest).min() ?? .distantPast
    facts = try OrderFactStore.facts(ofMembersAfter: first, through: last, since: earliest, reader)
    grants = try TierGrantStore.inForce(ofMembersAfter: first, through: last, at: instant, reader)
  }

  /// The member's place among the tiers of each scheme.
  ///
  /// - Parameter firstLine: when the first line of the statement was written.
  func positions(of memberID: String, firstLine: Date?) -> [Int] {
    let ofMember = facts[memberID] ?? OrderFacts([])
    let enrolledAt = [firstLine, ofMember.all.first?.at].compactMap { $0 }.min() ?? instant
    return zip(schemes, shared).map { scheme, shared in
      let tiers = MemberTiers(
        scheme: scheme, calendar: calendar, facts: ofMember, grants: grants[memberID] ?? [], enrolledAt: enrolledAt)
      return tiers.position(at: instant, over: shared.bases)
    }
  }

  /// What the tiers of all members rest on alike; computed once, since it costs more than summing a member's orders.
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
}
