internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ServiceKit

extension LoyaltyV1.Adjustment {
  init(_ adjustment: Adjustment) {
    switch adjustment {
    case .adjust(let points, let reference):
      self.init(kind: .adjust(LoyaltyV1.PointsAdjustment(points: points, reference: reference)))
    case .extend(let lotID, let end):
      self.init(kind: .extend(LoyaltyV1.LotExtension(lotID: lotID ?? "", expireTime: GoogleProtobuf.Timestamp(end))))
    case .reinstate(let lotID, let points, let end):
      self.init(
        kind: .reinstate(
          LoyaltyV1.PointsReinstatement(lotID: lotID, points: points ?? 0, expireTime: GoogleProtobuf.Timestamp(end))))
    }
  }
}

extension Adjustment {
  /// Nil where it asks for nothing.
  init?(_ message: LoyaltyV1.Adjustment) {
    switch message.kind {
    case .adjust(let adjust)?: self = .adjust(points: adjust.points, reference: adjust.reference)
    case .extend(let extend)?:
      self = .extend(lotID: extend.lotID.isEmpty ? nil : extend.lotID, end: extend.expireTime?.date ?? .distantPast)
    case .reinstate(let reinstate)?:
      self = .reinstate(
        lotID: reinstate.lotID, points: reinstate.points == 0 ? nil : reinstate.points, end: reinstate.expireTime?.date ?? .distantPast)
    case nil: return nil
    }
  }

  /// Field by field; something harmless where it is refused.
  static func read(_ message: LoyaltyV1.Adjustment?, at now: Date, _ errors: inout FieldErrors) -> Adjustment {
    guard let kind = message?.kind, let message else {
      errors.add("adjustment", "must be set")
      return .extend(lotID: nil, end: now)
    }
    let (field, bytes) = ("adjustment.", LoyaltyLimits.maximumIdentifierBytes)
    switch kind {
    case .adjust(let adjust): checkPoints(adjust.points, adjust.reference, field + "adjust.", &errors)
    case .extend(let extend):
      errors.require(optionalText: extend.lotID, field + "extend.lot_id", upTo: bytes)
      checkEnd(extend.expireTime, field + "extend.", at: now, &errors)
    case .reinstate(let reinstate):
      errors.require(text: reinstate.lotID, field + "reinstate.lot_id", upTo: bytes)
      errors.require(reinstate.points >= 0, field + "reinstate.points", "must be 0 (all) or more")
      checkEnd(reinstate.expireTime, field + "reinstate.", at: now, &errors)
    }
    return Adjustment(message) ?? .extend(lotID: nil, end: now)
  }

  static func checkPoints(_ points: Int64, _ reference: String, _ field: String, _ errors: inout FieldErrors) {
    let most = LoyaltyLimits.maximumAdjustmentPoints
    errors.require(points != 0 && (-most...most).contains(points), "\(field)points", "must not be 0, and at most \(most)")
    errors.require(optionalText: reference, "\(field)reference", upTo: LoyaltyLimits.maximumIdentifierBytes)
  }

  /// To come, and not later than what `never` is kept as.
  static func checkEnd(_ time: GoogleProtobuf.Timestamp?, _ field: String, at now: Date, _ errors: inout FieldErrors) {
    let end = time.flatMap { $0.isValid ? $0.date : nil } ?? .distantPast
    errors.require(end > now && end <= ProgramCalendar.never, "\(field)expire_time", "must be an instant to come")
  }
}

extension LoyaltyV1.AdjustmentRequest {
  init(_ request: AdjustmentRequest, at instant: Date) {
    self.init(
      adjustmentID: request.adjustmentID, memberID: request.memberID, adjustment: LoyaltyV1.Adjustment(request.adjustment),
      reason: request.reason, actor: request.origin.actor, state: LoyaltyV1.AdjustmentState(request.state(at: instant)),
      createTime: GoogleProtobuf.Timestamp(request.createdAt), lapseTime: GoogleProtobuf.Timestamp(request.lapsesAt),
      decideTime: request.decision.map { GoogleProtobuf.Timestamp($0.at) }, decideActor: request.decision?.origin.actor ?? "",
      decideReason: request.decision?.reason ?? "", entryID: request.entryID)
  }
}

extension LoyaltyV1.AdjustmentState {
  init(_ state: AdjustmentRequest.State) {
    self =
      switch state {
      case .pending: .pending
      case .approved: .approved
      case .rejected: .rejected
      case .lapsed: .lapsed
      }
  }
}
