internal import Database
internal import Foundation

/// A member's tier, computed at the moment of reading.
enum TierReader {
  /// For a till: one sum over one index where the tier rests on one part of the past, as in every scheme that lets a tier fall at once. The
  /// grants are looked for where the member's row says that there are any.
  ///
  /// - Parameter leftOut: what is on record already and shall not count: of the order that is being committed.
  static func standing(
    of account: MemberAccount, at instant: Date, by program: Program, without leftOut: OrderFact? = nil, _ reader: some Queryable
  ) throws -> TierStanding {
    let (scheme, calendar) = (program.scheme, program.rule.calendar)
    let enrolledAt = scheme.asksForEnrolment ? try OrderFactStore.enrolment(of: account.memberID, reader) ?? instant : instant
    let bases = scheme.bases(at: instant, enrolledAt: enrolledAt, calendar: calendar)
    var measures = try measures(of: account.memberID, over: bases, at: instant, reader)
    if scheme.asksForEnrolment {
      for (index, basis) in bases.enumerated() {
        measures[index].tenureDays = TierScheme.tenureDays(over: basis, at: instant, enrolledAt: enrolledAt, calendar)
      }
    }
    if let leftOut { measures[0].subtract(leftOut) }
    return scheme.standing(
      at: instant, by: measures, over: bases,
      grants: account.tierGrants > 0 ? try TierGrantStore.inForce(of: account.memberID, at: instant, reader) : [],
      periods: scheme.periods(enrolledAt: enrolledAt, calendar: calendar))
  }

  private static func measures(
    of memberID: String, over bases: [TierBasis], at instant: Date, _ reader: some Queryable
  ) throws -> [TierMeasures] {
    if bases.count == 1 { return [try OrderFactStore.measures(of: memberID, since: bases[0].start, reader)] }
    let earliest = bases.map(\.start).min() ?? instant
    let facts = try OrderFactStore.facts(of: memberID, since: earliest, reader)
    return bases.map { facts.measures(from: $0.start, before: $0.end ?? .distantFuture) }
  }

  /// Everything on record, for since when and until when.
  static func history(of account: MemberAccount, at instant: Date, by program: Program, _ reader: some Queryable) throws -> MemberTiers {
    MemberTiers(
      scheme: program.scheme, calendar: program.rule.calendar,
      facts: try OrderFactStore.facts(of: account.memberID, since: .distantPast, reader),
      grants: account.tierGrants > 0
        ? try TierGrantStore.list(of: account.memberID, before: nil, limit: MemberTiers.changesLookedAtMost, reader) : [],
      enrolledAt: try OrderFactStore.enrolment(of: account.memberID, reader) ?? instant)
  }
}
