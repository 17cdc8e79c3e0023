internal import Foundation
internal import GoogleProto
internal import PatronAPI

extension LoyaltyV1.TierGrant {
  init(_ grant: TierGrant) {
    self.init(
      grantID: grant.grantID, memberID: grant.memberID, tierCode: grant.tierCode, reason: grant.reason, actor: grant.origin.actor,
      grantTime: GoogleProtobuf.Timestamp(grant.grantedAt), endTime: grant.endsAt.map { GoogleProtobuf.Timestamp($0) },
      revokeTime: grant.revocation.map { GoogleProtobuf.Timestamp($0.at) }, revokeReason: grant.revocation?.reason ?? "",
      revokeActor: grant.revocation?.origin.actor ?? "")
  }
}

extension LoyaltyV1.TierMeasures {
  init(_ measures: TierMeasures) {
    self.init(growthValue: measures.growthValue, visits: measures.visits, points: measures.points, tenureDays: measures.tenureDays)
  }
}

extension LoyaltyV1.NextTier {
  init(_ next: NextTier) {
    self.init(
      tierCode: next.tier.code, missingGrowthValue: next.missing.growthValue, missingVisits: next.missing.visits,
      missingPoints: next.missing.points, missingTenureDays: next.missing.tenureDays,
      anyIsEnough: next.tier.criteria.combination == .any, beforeTime: next.before.map { GoogleProtobuf.Timestamp($0) })
  }
}

extension LoyaltyV1.GetTierResponse {
  /// - Parameter isKnown: whether anything is on record of the member.
  init(_ tiers: MemberTiers, of memberID: String, at instant: Date, isKnown: Bool) {
    let (scheme, standing) = (tiers.scheme, tiers.standing(at: instant))
    let (change, end) = (tiers.nextChange(after: instant), tiers.periodEnd(after: instant))
    // A lifetime is measured from the member's first day.
    let measuredFrom = standing.measuredFrom == .distantPast ? tiers.enrolledAt : standing.measuredFrom
    self.init(
      memberID: memberID, schemeVersion: scheme.version, tierCode: standing.tier.code,
      earnedTierCode: scheme.tiers[standing.earnedPosition].code, grant: standing.grant.map(LoyaltyV1.TierGrant.init),
      benefits: standing.tier.benefits.map(LoyaltyV1.TierBenefit.init),
      sinceTime: isKnown ? tiers.since(instant).map { GoogleProtobuf.Timestamp($0) } : nil,
      untilTime: change.map { GoogleProtobuf.Timestamp($0.at) }, thenTierCode: change.map { scheme.tiers[$0.position].code } ?? "",
      periodEndTime: end.map { GoogleProtobuf.Timestamp($0.at) }, projectedTierCode: end.map { scheme.tiers[$0.position].code } ?? "",
      measured: LoyaltyV1.TierMeasures(standing.measured), measuredFromTime: GoogleProtobuf.Timestamp(measuredFrom),
      nextTier: standing.next.map(LoyaltyV1.NextTier.init), asOfTime: GoogleProtobuf.Timestamp(instant))
  }
}

extension LoyaltyV1.SimulateTierSchemeResponse {
  init(_ simulation: TierSimulation, at instant: Date) {
    let pairs = simulation.cells.keys.sorted { ($0.current, $0.draft) < ($1.current, $1.draft) }
    self.init(
      members: simulation.members, membersRaised: simulation.raised, membersLowered: simulation.lowered,
      changes: pairs.map { pair in
        let cell = simulation.cells[pair] ?? TierSimulation.Cell()
        return LoyaltyV1.TierChangeCount(
          tierCode: simulation.current.tiers[pair.current].code, draftTierCode: simulation.draft.tiers[pair.draft].code,
          members: cell.members, memberIDs: cell.sample)
      },
      schemeVersion: simulation.current.version, asOfTime: GoogleProtobuf.Timestamp(instant))
  }
}
