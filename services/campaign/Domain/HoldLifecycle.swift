/// What each step of the saga does to an order's hold, given where that stands. Every step may arrive again, or late.
enum HoldLifecycle {
  enum Action: Sendable, Hashable {
    case place
    case leaveTombstone
    /// Resolve the hold: each of its uses makes this movement.
    case resolve(HoldState, UseMovement)
    case nothing
    case refuse(CampaignRefusal)
  }

  /// - Parameter asksForTheSame: whether the hold that stands was placed with the same terms.
  static func hold(_ state: HoldState?, asksForTheSame: Bool) -> Action {
    switch state {
    case nil: .place
    case .held, .committed: asksForTheSame ? .nothing : .refuse(.holdDiffers)
    case .cancelled, .tombstone: .refuse(.holdCancelled)
    }
  }

  static func commit(_ state: HoldState?) -> Action {
    switch state {
    case nil: .refuse(.holdUnknown)
    case .held: .resolve(.committed, .commit)
    case .committed: .nothing
    case .cancelled, .tombstone: .refuse(.holdCancelled)
    }
  }

  static func cancel(_ state: HoldState?) -> Action {
    switch state {
    case nil: .leaveTombstone
    case .held: .resolve(.cancelled, .release)
    case .committed: .refuse(.holdCommitted)
    case .cancelled, .tombstone: .nothing
    }
  }

  /// The movements of a return, in order; it cannot be refused.
  ///
  /// A return proves that its order completed. So a hold that is still open, which only a restore from a backup can leave
  /// behind, is committed first.
  static func reverse(_ state: HoldState?, wholeOrderReturned: Bool, alreadyReversed: Bool) -> [UseMovement] {
    switch state {
    case nil, .cancelled, .tombstone: []
    case .held: wholeOrderReturned ? [.commit, .reverse] : [.commit]
    case .committed: wholeOrderReturned && !alreadyReversed ? [.reverse] : []
    }
  }
}
