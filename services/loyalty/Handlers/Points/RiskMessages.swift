internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ServiceKit

extension LoyaltyV1.RiskPolicy {
  init(_ policy: RiskPolicy) {
    self.init(
      cycleOrders: Int32(policy.cycleOrders), cycleDays: Int32(policy.cycleDays), ordersPerHour: Int32(policy.ordersPerHour),
      transfersPerHour: Int32(policy.transfersPerHour), awardsPerHour: Int32(policy.awardsPerHour),
      staffAdjustments: Int32(policy.staffAdjustments), staffAdjustmentDays: Int32(policy.staffAdjustmentDays),
      senders: Int32(policy.senders), senderDays: Int32(policy.senderDays))
  }
}

extension RiskPolicy {
  init(_ message: LoyaltyV1.RiskPolicy) {
    self.init(
      cycleOrders: Int(message.cycleOrders), cycleDays: Int(message.cycleDays), ordersPerHour: Int(message.ordersPerHour),
      transfersPerHour: Int(message.transfersPerHour), awardsPerHour: Int(message.awardsPerHour),
      staffAdjustments: Int(message.staffAdjustments), staffAdjustmentDays: Int(message.staffAdjustmentDays),
      senders: Int(message.senders), senderDays: Int(message.senderDays))
  }

  func check(_ field: String, _ errors: inout FieldErrors) {
    let counts = [
      (cycleOrders, "cycle_orders"), (ordersPerHour, "orders_per_hour"), (transfersPerHour, "transfers_per_hour"),
      (awardsPerHour, "awards_per_hour"), (staffAdjustments, "staff_adjustments"), (senders, "senders"),
    ]
    for (count, name) in counts {
      errors.require((0...Self.maximumCount).contains(count), "\(field).\(name)", "must be 0 to \(Self.maximumCount)")
    }
    let spans = [
      (cycleDays, cycleOrders, "cycle_days"), (staffAdjustmentDays, staffAdjustments, "staff_adjustment_days"),
      (senderDays, senders, "sender_days"),
    ]
    for (days, count, name) in spans {
      errors.require(
        count == 0 ? days == 0 : (1...Self.maximumDays).contains(days), "\(field).\(name)",
        "must be 1 to \(Self.maximumDays) beside its count, 0 without it")
    }
  }
}

extension RiskKind {
  /// Nil for one that is not known.
  init?(_ message: LoyaltyV1.RiskKind) {
    switch message {
    case .earnRefundCycle: self = .earnRefundCycle
    case .orderVelocity: self = .orderVelocity
    case .transferVelocity: self = .transferVelocity
    case .awardVelocity: self = .awardVelocity
    case .staffAdjustments: self = .staffAdjustments
    case .staffOwnAccount: self = .staffOwnAccount
    case .manySenders: self = .manySenders
    default: return nil
    }
  }

  var message: LoyaltyV1.RiskKind {
    switch self {
    case .earnRefundCycle: .earnRefundCycle
    case .orderVelocity: .orderVelocity
    case .transferVelocity: .transferVelocity
    case .awardVelocity: .awardVelocity
    case .staffAdjustments: .staffAdjustments
    case .staffOwnAccount: .staffOwnAccount
    case .manySenders: .manySenders
    }
  }
}

extension LoyaltyV1.RiskSignal {
  init(_ signal: RiskSignal) {
    self.init(
      kind: signal.kind.message, memberID: signal.memberID, staffID: signal.staffID,
      signalTime: GoogleProtobuf.Timestamp(signal.crossing.at), threshold: Int64(signal.threshold.count),
      found: Int64(signal.crossing.found), spanSeconds: Int64(signal.threshold.seconds), evidenceIDs: signal.crossing.evidence,
      policyVersion: signal.policyVersion)
  }
}
