/// What each step of the saga does to an order's hold, given what stands. Every step may arrive again, or late.
enum HoldLifecycle {
  enum PlaceAction: Sendable, Hashable {
    case place
    case alreadyPlaced
  }

  static func place(_ terms: HoldTerms, over standing: Hold?) throws(CampaignRefusal) -> PlaceAction {
    guard let standing else { return .place }
    switch standing.state {
    case .held, .committed:
      guard standing.terms == terms else { throw .holdDiffers }
      return .alreadyPlaced
    case .cancelled, .tombstone: throw .holdCancelled
    }
  }

  enum CommitAction: Sendable, Hashable {
    case post(Hold)
    case alreadyPosted
  }

  /// Once held, a commit is refused for nothing but a cancel.
  static func commit(_ standing: Hold?) throws(CampaignRefusal) -> CommitAction {
    guard let standing else { throw .holdUnknown }
    switch standing.state {
    case .held: return .post(standing)
    case .committed: return .alreadyPosted
    case .cancelled, .tombstone: throw .holdCancelled
    }
  }

  enum CancelAction: Sendable, Hashable {
    case release(Hold)
    case leaveTombstone
    case alreadyCancelled
  }

  static func cancel(_ standing: Hold?) throws(CampaignRefusal) -> CancelAction {
    guard let standing else { return .leaveTombstone }
    switch standing.state {
    case .held: return .release(standing)
    case .committed: throw .holdCommitted
    case .cancelled, .tombstone: return .alreadyCancelled
    }
  }

  enum ReverseAction: Sendable, Hashable {
    /// A return proves that its order completed. So a hold that is still open, which only a restore from a backup can leave
    /// behind, is committed first.
    case move(Hold, commits: Bool, givesBack: Bool)
    case nothing
  }

  /// - Parameter alreadyReversed: whether an earlier return has brought the whole order back.
  static func reverse(_ standing: Hold?, wholeOrderReturned: Bool, alreadyReversed: Bool) -> ReverseAction {
    guard let standing else { return .nothing }
    return switch standing.state {
    case .held: .move(standing, commits: true, givesBack: wholeOrderReturned)
    case .committed where wholeOrderReturned && !alreadyReversed: .move(standing, commits: false, givesBack: true)
    case .committed, .cancelled, .tombstone: .nothing
    }
  }
}
