/// The bounds of what one request about points between people and by hand may say and do.
enum PointsLimits {
  /// Lots that one extension changes at most.
  static let maximumLotsExtended = 500
  /// Lots that a return follows its order's points into, at most; what lies beyond is the debt of the member who sent them.
  static let maximumLotsFollowed = 200
  static let maximumFeePerMille: Int64 = 1_000
  static let maximumMessageKeyBytes = 64
}
