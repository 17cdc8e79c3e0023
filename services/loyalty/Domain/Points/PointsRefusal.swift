/// Why loyalty says no to what is asked about points between people and by hand.
enum PointsRefusal: Error, Equatable, Sendable {
  case transfersNotAllowed
  case transferLimit(TransferPolicy.Limit, limit: Int64, room: Int64)
  /// There are enough points, and too many of them came from other members, which the policy does not let go on.
  case receivedPointsStay(sendable: Int64)
  case feeChanged(fee: Int64)
  case transferUnknown
  case lotUnknown
  /// Only a reinstatement brings back what has ended.
  case lotExpired
  /// An extension never shortens.
  case lotEndsLater
  case nothingToExtend
  case reinstatementExceedsExpired(expired: Int64)
  case adjustmentTooLarge(most: Int64)
  /// One person alone may not do it.
  case approvalRequired(AdjustmentPolicy.Reason)
  /// Who asked does not approve.
  case secondPersonRequired
  case requestUnknown
  /// Otherwise, or too late for any decision.
  case requestDecided(AdjustmentRequest.State)
}
