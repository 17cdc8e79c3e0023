/// Why a reward is not published, held, taken or taken back (the table stands in README.md).
enum RewardRefusal: Error, Equatable, Sendable {
  case rewardUnknown
  case redemptionUnknown
  /// A later version says nothing about the stock; movements do.
  case stockByMovement
  case stockWithoutCount
  /// Fewer than are held and used.
  case stockTaken(least: Int64)
  case priceChanged(points: Int64)
  case obstacle(RewardObstacle)
  case redemptionLapsed
  /// A step that its state does not allow.
  case redemptionState(String)
  case quantityExceeded(left: Int64)
}
