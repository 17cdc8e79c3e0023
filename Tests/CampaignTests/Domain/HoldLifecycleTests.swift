import Testing

@testable import Campaign

@Suite struct HoldLifecycleTests {
  @Test(arguments: [
    (nil, true, .place),
    (.held, true, .nothing),
    (.held, false, .refuse(.holdDiffers)),
    (.committed, true, .nothing),
    (.committed, false, .refuse(.holdDiffers)),
    (.cancelled, true, .refuse(.holdCancelled)),
    (.tombstone, true, .refuse(.holdCancelled)),
  ] as [(HoldState?, Bool, HoldLifecycle.Action)])
  func `a hold is placed once and not after its cancel`(state: HoldState?, same: Bool, action: HoldLifecycle.Action) {
    #expect(HoldLifecycle.hold(state, asksForTheSame: same) == action)
  }

  @Test(arguments: [
    (nil, .refuse(.holdUnknown)),
    (.held, .resolve(.committed, .commit)),
    (.committed, .nothing),
    (.cancelled, .refuse(.holdCancelled)),
    (.tombstone, .refuse(.holdCancelled)),
  ] as [(HoldState?, HoldLifecycle.Action)])
  func `a commit is never refused once held`(state: HoldState?, action: HoldLifecycle.Action) {
    #expect(HoldLifecycle.commit(state) == action)
  }

  @Test(arguments: [
    (nil, .leaveTombstone),
    (.held, .resolve(.cancelled, .release)),
    (.committed, .refuse(.holdCommitted)),
    (.cancelled, .nothing),
    (.tombstone, .nothing),
  ] as [(HoldState?, HoldLifecycle.Action)])
  func `a cancel leaves a tombstone, and a commit stands`(state: HoldState?, action: HoldLifecycle.Action) {
    #expect(HoldLifecycle.cancel(state) == action)
  }

  @Test(arguments: [
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

  @Test(arguments: [
    (UseMovement.hold, 1, 0), (.commit, -1, 1), (.release, -1, 0), (.reverse, 0, -1),
  ] as [(UseMovement, Int64, Int64)])
  func `a movement changes the counters by its two accounts`(movement: UseMovement, held: Int64, used: Int64) {
    #expect(movement.heldDelta == held)
    #expect(movement.usedDelta == used)
    #expect(movement.from != movement.to)
  }
}
