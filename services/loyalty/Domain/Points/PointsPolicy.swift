internal import Foundation

/// What may be done with points between people and by hand, as one version says.
struct PointsPolicy: Equatable, Sendable {
  /// 1, 2, 3, …; 0 is what holds before any is published.
  var version: Int64
  var publishedAt: Date
  var transfers = TransferPolicy()
  var adjustments = AdjustmentPolicy()
  var risk = RiskPolicy()

  static let unpublished = PointsPolicy(version: 0, publishedAt: Date(timeIntervalSince1970: 0))
}
