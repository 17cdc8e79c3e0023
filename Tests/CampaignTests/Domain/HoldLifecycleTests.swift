import Testing

@testable import Campaign

@Suite struct HoldLifecycleTests {
  static let terms = HoldTerms(
    memberID: "mem_1", storeID: "sto_1", clientID: "cli_1", staffID: "", currencyCode: "USD",
    uses: [HeldUse(source: .promotion(id: "prm_1"), version: 1, minorUnits: 100)])
  static let otherTerms = HoldTerms(
    memberID: "mem_1", storeID: "sto_1", clientID: "cli_1", staffID: "", currencyCode: "USD",
    uses: [HeldUse(source: .promotion(id: "prm_1"), version: 2, minorUnits: 100)])

  static func hold(_ state: HoldState) -> Hold {
    Hold(
      orderID: "ord_1", state: state, terms: terms, occurredInstant: nil, createInstant: instant("2026-03-01T00:00:00Z"))
  }

  struct Place: Sendable {
    let standing: Hold?
    let asked: HoldTerms
    let expected: Result<HoldLifecycle.PlaceAction, CampaignRefusal>
  }

  @Test(arguments: [
    Place(standing: nil, asked: terms, expected: .success(.place)),
    Place(standing: hold(.held), asked: terms, expected: .success(.alreadyPlaced)),
    Place(standing: hold(.held), asked: otherTerms, expected: .failure(.holdDiffers)),
    Place(standing: hold(.committed), asked: terms, expected: .success(.alreadyPlaced)),
    Place(standing: hold(.committed), asked: otherTerms, expected: .failure(.holdDiffers)),
    Place(standing: hold(.cancelled), asked: terms, expected: .failure(.holdCancelled)),
    Place(standing: hold(.tombstone), asked: terms, expected: .failure(.holdCancelled)),
  ])
  func `a hold is placed once and not after its cancel`(_ row: Place) {
    let found = Result { () throws(CampaignRefusal) in try HoldLifecycle.place(row.asked, over: row.standing) }
    #expect(found == row.expected)
  }

  struct Commit: Sendable {
    let standing: Hold?
    let expected: Result<HoldLifecycle.CommitAction, CampaignRefusal>
  }

  @Test(arguments: [
    Commit(standing: nil, expected: .failure(.holdUnknown)),
    Commit(standing: hold(.held), expected: .success(.post(hold(.held)))),
    Commit(standing: hold(.committed), expected: .success(.alreadyPosted)),
    Commit(standing: hold(.cancelled), expected: .failure(.holdCancelled)),
    Commit(standing: hold(.tombstone), expected: .failure(.holdCancelled)),
  ])
  func `a commit is never refused once held`(_ row: Commit) {
    let found = Result { () throws(CampaignRefusal) in try HoldLifecycle.commit(row.standing) }
    #expect(found == row.expected)
  }

  struct Cancel: Sendable {
    let standing: Hold?
    let expected: Result<HoldLifecycle.CancelAction, CampaignRefusal>
  }

  @Test(arguments: [
    Cancel(standing: nil, expected: .success(.leaveTombstone)),
    Cancel(standing: hold(.held), expected: .success(.release(hold(.held)))),
    Cancel(standing: hold(.committed), expected: .failure(.holdCommitted)),
    Cancel(standing: hold(.cancelled), expected: .success(.alreadyCancelled)),
    Cancel(standing: hold(.tombstone), expected: .success(.alreadyCancelled)),
  ])
  func `a cancel leaves a tombstone, and a commit stands`(_ row: Cancel) {
    let found = Result { () throws(CampaignRefusal) in try HoldLifecycle.cancel(row.standing) }
    #expect(found == row.expected)
  }

  struct Reverse: Sendable {
    let standing: Hold?
    let isWhole: Bool
    var wasReversed = false
    let expected: HoldLifecycle.ReverseAction
  }

  @Test(arguments: [
    Reverse(standing: nil, isWhole: true, expected: .nothing),
    Reverse(standing: hold(.cancelled), isWhole: true, expected: .nothing),
    Reverse(standing: hold(.tombstone), isWhole: true, expected: .nothing),
    Reverse(standing: hold(.committed), isWhole: false, expected: .nothing),
    Reverse(standing: hold(.committed), isWhole: true, expected: .move(hold(.committed), commits: false, givesBack: true)),
    Reverse(standing: hold(.committed), isWhole: true, wasReversed: true, expected: .nothing),
    Reverse(standing: hold(.held), isWhole: false, expected: .move(hold(.held), commits: true, givesBack: false)),
    Reverse(standing: hold(.held), isWhole: true, expected: .move(hold(.held), commits: true, givesBack: true)),
  ])
  func `a return gives uses back once, when the whole order came back`(_ row: Reverse) {
    let found = HoldLifecycle.reverse(row.standing, wholeOrderReturned: row.isWhole, alreadyReversed: row.wasReversed)
    #expect(found == row.expected)
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
