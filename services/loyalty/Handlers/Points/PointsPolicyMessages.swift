internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ServiceKit

extension LoyaltyV1.PointsPolicy {
  init(_ policy: PointsPolicy) {
    let transfers = policy.transfers
    self.init(
      version: policy.version,
      transfers: LoyaltyV1.TransferPolicy(
        allowed: transfers.isAllowed, minimumPoints: transfers.minimum, maximumPoints: transfers.maximum,
        senderDailyPoints: transfers.senderDaily, senderMonthlyPoints: transfers.senderMonthly,
        receiverMonthlyPoints: transfers.receiverMonthly, feePoints: transfers.feePoints, feePerMille: transfers.feePerMille,
        receivedMayBeSentOn: transfers.receivedMayBeSentOn),
      adjustments: LoyaltyV1.AdjustmentPolicy(
        approvalAbovePoints: policy.adjustments.approvalAbove, maximumPoints: policy.adjustments.maximum,
        staffDailyPoints: policy.adjustments.staffDaily, requestHours: Int32(policy.adjustments.requestHours)),
      risk: LoyaltyV1.RiskPolicy(policy.risk),
      publishTime: policy.version == 0 ? nil : GoogleProtobuf.Timestamp(policy.publishedAt))
  }
}

extension PointsPolicy {
  /// As it was published: what is absent says nothing.
  init(version: Int64, publishedAt: Date, _ message: LoyaltyV1.PointsPolicy) {
    self.init(
      version: version, publishedAt: publishedAt, transfers: TransferPolicy(message.transfers ?? LoyaltyV1.TransferPolicy()),
      adjustments: AdjustmentPolicy(message.adjustments ?? LoyaltyV1.AdjustmentPolicy()),
      risk: RiskPolicy(message.risk ?? LoyaltyV1.RiskPolicy()))
  }

  /// - Throws: INVALID_FIELDS.
  static func read(_ message: LoyaltyV1.PointsPolicy?, at instant: Date) throws -> PointsPolicy {
    var errors = FieldErrors()
    errors.require(message != nil, "policy", "must be set")
    let policy = PointsPolicy(version: 0, publishedAt: instant, message ?? LoyaltyV1.PointsPolicy())
    policy.transfers.check("policy.transfers", &errors)
    policy.adjustments.check("policy.adjustments", &errors)
    policy.risk.check("policy.risk", &errors)
    try errors.throwIfAny()
    return policy
  }
}

extension AdjustmentPolicy {
  private static let hours = 1...720

  fileprivate init(_ message: LoyaltyV1.AdjustmentPolicy) {
    self.init(
      approvalAbove: message.approvalAbovePoints, maximum: message.maximumPoints, staffDaily: message.staffDailyPoints,
      requestHours: message.requestHours == 0 ? Self.defaultRequestHours : Int(message.requestHours))
  }

  fileprivate func check(_ field: String, _ errors: inout FieldErrors) {
    let points = 0...LoyaltyLimits.maximumCap
    for (amount, name) in [(approvalAbove, "approval_above_points"), (maximum, "maximum_points"), (staffDaily, "staff_daily_points")] {
      errors.require(points.contains(amount), "\(field).\(name)", "must be 0 to \(LoyaltyLimits.maximumCap)")
    }
    errors.require(
      Self.hours.contains(requestHours), "\(field).request_hours", "must be 0 (\(Self.defaultRequestHours)) to \(Self.hours.upperBound)")
  }
}

extension TransferPolicy {
  fileprivate init(_ message: LoyaltyV1.TransferPolicy) {
    self.init(
      isAllowed: message.allowed, minimum: message.minimumPoints, maximum: message.maximumPoints, senderDaily: message.senderDailyPoints,
      senderMonthly: message.senderMonthlyPoints, receiverMonthly: message.receiverMonthlyPoints, feePoints: message.feePoints,
      feePerMille: message.feePerMille, receivedMayBeSentOn: message.receivedMayBeSentOn)
  }

  fileprivate func check(_ field: String, _ errors: inout FieldErrors) {
    let points = 0...LoyaltyLimits.maximumCap
    let amounts = [
      (minimum, "minimum_points"), (maximum, "maximum_points"), (senderDaily, "sender_daily_points"),
      (senderMonthly, "sender_monthly_points"), (receiverMonthly, "receiver_monthly_points"), (feePoints, "fee_points"),
    ]
    for (amount, name) in amounts {
      errors.require(points.contains(amount), "\(field).\(name)", "must be 0 to \(LoyaltyLimits.maximumCap)")
    }
    errors.require(
      (0...PointsLimits.maximumFeePerMille).contains(feePerMille), "\(field).fee_per_mille",
      "must be 0 to \(PointsLimits.maximumFeePerMille)")
    errors.require(feePoints == 0 || feePerMille == 0, "\(field).fee_per_mille", "must be 0 beside fee_points")
    errors.require(maximum == 0 || minimum <= maximum, "\(field).minimum_points", "must be at most maximum_points")
  }
}
