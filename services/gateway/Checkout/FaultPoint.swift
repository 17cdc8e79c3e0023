import ServiceKit

/// The named places of a checkout and a return at which a kill test stops this process.
///
/// Each lies right after something became durable elsewhere, which is where a crash could leave a half.
enum FaultPoint: String, CaseIterable, Sendable {
  case orderCreated = "gateway.checkout.order-created"
  /// After each participant's hold.
  case oneHoldPlaced = "gateway.checkout.one-hold-placed"
  case holdsPlaced = "gateway.checkout.holds-placed"
  case holdRecorded = "gateway.checkout.hold-recorded"
  case decided = "gateway.checkout.decided"
  /// After each participant's commit.
  case oneCommitPosted = "gateway.checkout.one-commit-posted"
  case commitsPosted = "gateway.checkout.commits-posted"
  case completed = "gateway.checkout.completed"
  case cancelDecided = "gateway.cancel.decided"
  /// After each participant's cancel.
  case oneCancelPosted = "gateway.cancel.one-cancel-posted"
  case cancelsPosted = "gateway.cancel.cancels-posted"
  case cancelled = "gateway.cancel.cancelled"
  case returnCreated = "gateway.return.created"
  /// After each participant's reversal.
  case oneReversalPosted = "gateway.return.one-reversal-posted"
  case reversalsPosted = "gateway.return.reversals-posted"
  case returnCompleted = "gateway.return.completed"
}

extension FaultPoints {
  func reach(_ point: FaultPoint) { reach(point.rawValue) }
}
