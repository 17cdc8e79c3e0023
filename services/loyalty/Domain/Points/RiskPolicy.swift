/// From how many on something is told as a signal, and within how long. 0 never tells.
struct RiskPolicy: Equatable, Sendable {
  static let maximumDays = 92
  static let maximumCount = 100_000

  var cycleOrders = 0
  var cycleDays = 0
  var ordersPerHour = 0
  var transfersPerHour = 0
  var awardsPerHour = 0
  var staffAdjustments = 0
  var staffAdjustmentDays = 0
  var senders = 0
  var senderDays = 0

  /// Nil where the policy does not ask for it.
  func threshold(of kind: RiskKind) -> RiskThreshold? {
    let (count, days, hours) =
      switch kind {
      case .earnRefundCycle: (cycleOrders, cycleDays, 0)
      case .orderVelocity: (ordersPerHour, 0, 1)
      case .transferVelocity: (transfersPerHour, 0, 1)
      case .awardVelocity: (awardsPerHour, 0, 1)
      case .staffAdjustments: (staffAdjustments, staffAdjustmentDays, 0)
      case .staffOwnAccount: (1, 0, 0)
      case .manySenders: (senders, senderDays, 0)
      }
    return count > 0 ? RiskThreshold(count: count, seconds: days * 86_400 + hours * 3_600) : nil
  }
}

/// What can look like fraud.
enum RiskKind: String, Sendable, CaseIterable {
  case earnRefundCycle = "earn_refund_cycle"
  case orderVelocity = "order_velocity"
  case transferVelocity = "transfer_velocity"
  case awardVelocity = "award_velocity"
  case staffAdjustments = "staff_adjustments"
  case staffOwnAccount = "staff_own_account"
  case manySenders = "many_senders"
}
