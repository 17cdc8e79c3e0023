/// What each step of the saga does to an order's hold, given where that stands. Every step may arrive again, or late.
enum HoldLifecycle {
  enum PlaceAction: Sendable, Hashable {
    case place
    case alreadyPlaced
  }

  /// - Parameter asksForTheSame: whether the hold that stands was placed with the same terms.
  static func place(_ state: HoldState?, asksForTheSame: Bool) throws(CampaignRefusal) -> PlaceAction {
    switch state {
    case nil: return .place
    case .held, .committed:
      guard asksForTheSame else { throw .holdDiffers }
      return .alreadyPlaced
    case .cancelled, .tombstone: throw .holdCancelled
    }
  }

  enum CommitAction: Sendable, Hashable {
    case post
    case alreadyPosted
  }

  /// Once held, a commit is refused for nothing but a cancel.
  static func commit(_ state: HoldState?) throws(CampaignRefusal) -> CommitAction {
    switch state {
    case nil: throw .holdUnknown
    case .held: return .post
    case .committed: return .alreadyPosted
    case .cancelled, .tombstone: throw .holdCancelled
    }
  }

  enum CancelAction: Sendable, Hashable {
    case release
    case leaveTombstone
    case alreadyCancelled
  }

  static func cancel(_ state: HoldState?) throws(CampaignRefusal) -> CancelAction {
    switch state {
    case nil: return .leaveTombstone
    case .held: return .release
    case .committed: throw .holdCommitted
    case .cancelled, .tombstone: return .alreadyCancelled
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
