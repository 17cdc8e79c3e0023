internal import Database
internal import Foundation

/// Whether a person may do something to a member's points alone, asked inside the write that does it.
struct AdjustmentGate {
  let policy: AdjustmentPolicy
  let origin: LedgerOrigin
  /// Whether a second person has approved; what two decided counts towards nobody's day.
  let isApproved: Bool

  /// What the policy in force says to whoever acts.
  static func inForce(for origin: LedgerOrigin, isApproved: Bool = false, _ transaction: Transaction) throws -> AdjustmentGate {
    AdjustmentGate(policy: try PointsPolicyStore.inForce(transaction).adjustments, origin: origin, isApproved: isApproved)
  }

  /// Counts the points, or refuses. The member's row is held, so the person's comes second in every write.
  func admit(_ points: Int64, of memberID: String, on day: Int64, _ transaction: Transaction) throws {
    try policy.checkMaximum(points)
    guard !isApproved else { return }
    guard !policy.needsSecondPerson(points) else { throw PointsRefusal.approvalRequired(.adjustment) }
    let actor = AdjustmentActor(origin)
    if try StaffMemberStore.member(of: actor.staffID, transaction) == memberID { throw PointsRefusal.approvalRequired(.ownAccount) }
    guard policy.staffDaily > 0 else { return }
    guard points <= policy.staffDaily, try AdjustmentUseStore.count(points, by: actor, on: day, upTo: policy.staffDaily, transaction) else {
      throw PointsRefusal.approvalRequired(.staffDay)
    }
  }
}

extension MemberLedger {
  /// Asks for `points` of this member, in the day of the rule's zone.
  func admit(_ points: Int64, by gate: AdjustmentGate) throws {
    try gate.admit(points, of: memberID, on: program.rule.calendar.dayNumber(of: instant), transaction)
  }
}
