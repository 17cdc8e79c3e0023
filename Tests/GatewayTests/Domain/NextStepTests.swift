import Testing

@testable import Gateway

@Suite struct NextStepTests {
  @Test(
    "A Checkout goes on where any gateway stopped",
    arguments: [
      (.opening, .placeHolds), (.held, .placeHolds), (.committing, .rollForward), (.completed, .answerEnd),
      (.cancelling, .refuse(.cancelled)), (.cancelled, .refuse(.cancelled)),
    ] as [(OrderStanding, NextStep)])
  func checkout(standing: OrderStanding, step: NextStep) {
    for endedBy in EndedBy.allCases { #expect(NextStep.of(.checkout, on: standing, wasHeld: false, endedBy: endedBy) == step) }
  }

  @Test("A Begin that was answered once is answered alike for ever", arguments: OrderStanding.allCases)
  func beginReplays(standing: OrderStanding) {
    #expect(NextStep.of(.begin, on: standing, wasHeld: true, endedBy: .another) == .answerBegin)
  }

  @Test func aBeginThatWasNotAnsweredIsOpenedOrRefused() {
    #expect(NextStep.of(.begin, on: .opening, wasHeld: false, endedBy: .another) == .placeHolds)
    #expect(NextStep.of(.begin, on: .cancelling, wasHeld: false, endedBy: .another) == .refuse(.cancelled))
    #expect(NextStep.of(.begin, on: .cancelled, wasHeld: false, endedBy: .another) == .refuse(.cancelled))
  }

  @Test(
    "Complete ends a held order, once",
    arguments: [
      (.opening, .another, .refuse(.notHeld)), (.held, .another, .decideCommit), (.committing, .thisCall, .rollForward),
      (.committing, .another, .refuse(.alreadyCompleted)), (.completed, .thisCall, .answerEnd),
      (.completed, .another, .refuse(.alreadyCompleted)), (.cancelling, .another, .refuse(.cancelled)),
      (.cancelled, .another, .refuse(.cancelled)),
    ] as [(OrderStanding, EndedBy, NextStep)])
  func complete(standing: OrderStanding, endedBy: EndedBy, step: NextStep) {
    #expect(NextStep.of(.complete, on: standing, wasHeld: true, endedBy: endedBy) == step)
  }

  @Test(
    "Abandon undoes whatever is not paid",
    arguments: [
      (.opening, .another, .decideCancel), (.held, .another, .decideCancel), (.committing, .another, .refuse(.alreadyCompleted)),
      (.completed, .thisCall, .refuse(.alreadyCompleted)), (.cancelling, .thisCall, .rollBack), (.cancelled, .another, .answerEnd),
    ] as [(OrderStanding, EndedBy, NextStep)])
  func abandon(standing: OrderStanding, endedBy: EndedBy, step: NextStep) {
    #expect(NextStep.of(.abandon, on: standing, wasHeld: true, endedBy: endedBy) == step)
  }
}
