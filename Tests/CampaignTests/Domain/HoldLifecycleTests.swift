import Testing

@testable import Campaign

@Suite struct HoldLifecycleTests {
  @Test(
    arguments: [
      (nil, true, .success(.place)),
      (.held, true, .success(.alreadyPlaced)),
      (.held, false, .failure(.holdDiffers)),
      (.committed, true, .success(.alreadyPlaced)),
      (.committed, false, .failure(.holdDiffers)),
      (.cancelled, true, .failure(.holdCancelled)),
      (.tombstone, true, .failure(.holdCancelled)),
    ] as [(HoldState?, Bool, Result<HoldLifecycle.PlaceAction, CampaignRefusal>)])
  func `a hold is placed once and not after its cancel`(
    state: HoldState?, same: Bool, expected: Result<HoldLifecycle.PlaceAction, CampaignRefusal>
  ) {
    #expect(Result { () throws(CampaignRefusal) in try HoldLifecycle.place(state, asksForTheSame: same) } == expected)
  }

  @Test(
    arguments: [
      (nil, .failure(.holdUnknown)),
      (.held, .success(.post)),
      (.committed, .success(.alreadyPosted)),
      (.cancelled, .failure(.holdCancelled)),
      (.tombstone, .failure(.holdCancelled)),
    ] as [(HoldState?, Result<HoldLifecycle.CommitAction, CampaignRefusal>)])
  func `a commit is never refused once held`(state: HoldState?, expected: Result<HoldLifecycle.CommitAction, CampaignRefusal>) {
    #expect(Result { () throws(CampaignRefusal) in try HoldLifecycle.commit(state) } == expected)
  }

  @Test(
    arguments: [
      (nil, .success(.leaveTombstone)),
      (.held, .success(.release)),
      (.committed, .failure(.holdCommitted)),
      (.cancelled, .success(.alreadyCancelled)),
      (.tombstone, .success(.alreadyCancelled)),
    ] as [(HoldState?, Result<HoldLifecycle.CancelAction, CampaignRefusal>)])
  func `a cancel leaves a tombstone, and a commit stands`(
    state: HoldState?, expected: Result<HoldLifecycle.CancelAction, CampaignRefusal>
  ) {
    #expect(Result { () throws(CampaignRefusal) in try HoldLifecycle.cancel(state) } == expected)
  }

  @Test(
    arguments: [
      (nil, true, false, []),
      (.cancelled, true, false, []),
      (.tombstone, true, false, []),
      (.committed, false, false, []),
      (.committed, true, false, [.reverse]),
      (.committed, true, true, []),
      (.held, false, false, [.commit]),
      (.held, true, false, [.commit, .reverse]),
    ] as [(HoldState?, Bool, Bool, [UseMovement])])
  func `a return gives uses back once, when the whole order came back`(
    state: HoldState?, whole: Bool, already: Bool, movements: [UseMovement]
  ) {
    #expect(HoldLifecycle.reverse(state, wholeOrderReturned: whole, alreadyReversed: already) == movements)
  }

  @Test(
    arguments: [
      (UseMovement.hold, 1, 0), (.commit, -1, 1), (.release, -1, 0), (.reverse, 0, -1),
    ] as [(UseMovement, Int64, Int64)])
  func `a movement changes the counters by its two accounts`(movement: UseMovement, held: Int64, used: Int64) {
    #expect(movement.heldDelta == held)
    #expect(movement.usedDelta == used)
    #expect(movement.from != movement.to)
  }
}
