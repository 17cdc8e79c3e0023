import Testing

@testable import Inventory

/// The whole table of services/inventory/README.md: what each call does to an order in each state.
@Suite struct OrderStateTests {
  @Test(arguments: [
    (OrderState.pending, true, OrderTransition.move(to: .committing)),
    (.pending, false, .refuse(.orderNotHeld)),
    (.committing, true, .stay),
    (.committing, false, .stay),
    (.completed, true, .stay),
    (.cancelling, true, .stay),
    (.cancelling, false, .stay),
    (.cancelled, false, .stay),
  ])
  func `a decision to commit moves a held pending order only`(state: OrderState, isHeld: Bool, expected: OrderTransition) {
    #expect(state.deciding(.commit, isHeld: isHeld) == expected)
  }

  @Test(arguments: [true, false])
  func `a decision to cancel moves a pending order, held or not`(isHeld: Bool) {
    #expect(OrderState.pending.deciding(.cancel, isHeld: isHeld) == .move(to: .cancelling))
    for state in OrderState.allCases where state != .pending {
      #expect(state.deciding(.cancel, isHeld: isHeld) == .stay)
    }
  }

  @Test(arguments: [
    (OrderState.pending, OrderTransition.refuse(.orderNotDecided)),
    (.committing, .move(to: .completed)),
    (.completed, .stay),
    (.cancelling, .refuse(.orderCancelled)),
    (.cancelled, .refuse(.orderCancelled)),
  ])
  func `completing`(state: OrderState, expected: OrderTransition) {
    #expect(state.completing() == expected)
  }

  @Test(arguments: [
    (OrderState.pending, OrderTransition.refuse(.orderNotDecided)),
    (.committing, .refuse(.orderCompleted)),
    (.completed, .refuse(.orderCompleted)),
    (.cancelling, .move(to: .cancelled)),
    (.cancelled, .stay),
  ])
  func `cancelling`(state: OrderState, expected: OrderTransition) {
    #expect(state.cancelling() == expected)
  }

  @Test func `only a pending order is extended, and only an unheld one records its hold`() {
    for state in OrderState.allCases {
      let isPending = state == .pending
      #expect(state.extending() == (isPending ? .move(to: .pending) : .refuse(.orderNotOpen)))
      #expect(state.recordingHold(isHeld: false) == (isPending ? .move(to: .pending) : .stay))
      #expect(state.recordingHold(isHeld: true) == .stay)
    }
  }

  @Test func `only a completed order admits a return`() {
    #expect(OrderState.allCases.filter { $0.admitsReturn() } == [.completed])
  }

  @Test func `a decided order leaves only to its own ending`() {
    let moves = OrderState.allCases.map { state in
      [
        state.deciding(.commit, isHeld: true), state.deciding(.cancel, isHeld: true), state.completing(), state.cancelling(),
      ].compactMap { transition -> OrderState? in
        if case .move(let next) = transition { return next }
        return nil
      }
    }
    #expect(moves == [[.committing, .cancelling], [.completed], [], [.cancelled], []])
  }
}
