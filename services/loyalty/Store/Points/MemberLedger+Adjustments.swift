internal import Database
internal import Foundation

extension MemberLedger {
  /// What an adjustment did.
  struct Adjusted {
    /// The first line that it wrote.
    var entryID: String
    /// Those that live longer, or came back.
    var lots: [Lot]
    var balance: Balance
  }

  /// Does what a person asked for, if `gate` lets that person.
  mutating func carryOut(_ adjustment: Adjustment, reason: String, origin: LedgerOrigin, by gate: AdjustmentGate) throws -> Adjusted {
    switch adjustment {
    case .adjust(let points, let reference):
      let entryID = try adjustOnce(points, reference: reference, reason: reason, origin: origin, by: gate)
      return Adjusted(entryID: entryID, lots: [], balance: try close())
    case .extend(let lotID, let end):
      return try extend(lot: lotID, to: end, reason: reason, origin: origin, by: gate)
    case .reinstate(let lotID, let points, let end):
      return try reinstate(points, of: lotID, until: end, reason: reason, origin: origin, by: gate)
    }
  }

  private mutating func adjustOnce(
    _ points: Int64, reference: String, reason: String, origin: LedgerOrigin, by gate: AdjustmentGate
  ) throws -> String {
    guard !reference.isEmpty else {
      try admit(abs(points), by: gate)
      return try adjust(points, reason: reason, origin: origin)
    }
    let key = ValueReferenceStore.Key(kind: "points-adjust", storeID: "", reference: reference)
    let (transaction, memberID) = (transaction, memberID)
    return try ValueReferenceStore.once(key, terms: "\(memberID)|\(points)", transaction) {
      try admit(abs(points), by: gate)
      return try adjust(points, reason: reason, origin: origin)
    }
  }
}

/// What two persons do to a member's points.
enum TwoPersons {
  /// Lets the second person decide, once: an approval does what was asked for in the same write. The request as it is then.
  static func decide(
    _ known: AdjustmentRequest, _ decision: AdjustmentRequest.Decision, ids: MovementIDs, _ transaction: Transaction
  ) throws -> (request: AdjustmentRequest, balance: Balance) {
    if decision.isApproval { try requireSecondPerson(decision.origin, for: known, transaction) }
    var member = try MemberLedger.open(known.memberID, at: decision.at, ids: ids, transaction)
    guard try AdjustmentRequestStore.decide(known.adjustmentID, decision, transaction) else {
      return try answerAgain(known.adjustmentID, decision, &member)
    }
    if decision.isApproval {
      // The first person did it, as the statement says; the request says who let it happen.
      let gate = try AdjustmentGate.inForce(for: known.origin, isApproved: true, transaction)
      let done = try member.carryOut(known.adjustment, reason: known.reason, origin: known.origin, by: gate)
      try AdjustmentRequestStore.setEntry(done.entryID, of: known.adjustmentID, transaction)
    }
    let balance = try member.close()
    return (try find(known.adjustmentID, transaction), balance)
  }

  /// Another person, and not the member.
  private static func requireSecondPerson(_ second: LedgerOrigin, for request: AdjustmentRequest, _ transaction: Transaction) throws {
    guard AdjustmentActor(second).differs(from: AdjustmentActor(request.origin)) else { throw PointsRefusal.secondPersonRequired }
    guard try second.staffID.isEmpty || StaffMemberStore.member(of: second.staffID, transaction) != request.memberID else {
      throw PointsRefusal.approvalRequired(.ownAccount)
    }
  }

  /// What was decided so already is answered as it was.
  private static func answerAgain(
    _ adjustmentID: String, _ decision: AdjustmentRequest.Decision, _ member: inout MemberLedger
  ) throws -> (request: AdjustmentRequest, balance: Balance) {
    let request = try find(adjustmentID, member.transaction)
    switch request.state(at: decision.at) {
    case .approved where decision.isApproval, .rejected where !decision.isApproval: return (request, try member.close())
    case .pending, .approved, .rejected, .lapsed: throw PointsRefusal.requestDecided(request.state(at: decision.at))
    }
  }

  private static func find(_ adjustmentID: String, _ transaction: Transaction) throws -> AdjustmentRequest {
    guard let request = try AdjustmentRequestStore.find(adjustmentID, transaction) else { throw LedgerFault("a request is gone") }
    return request
  }
}
