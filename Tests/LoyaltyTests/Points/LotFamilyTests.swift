import Foundation
import Testing

@testable import Loyalty

@Suite struct LotFamilyTests {
  private func lot(_ id: String, remaining: Int64, expired: Int64 = 0, transfer: String = "") -> Lot {
    let start = Date(timeIntervalSince1970: 0)
    return Lot(
      lotID: id, source: transfer.isEmpty ? .order : .adjustment, orderID: "ord_1", ruleVersion: 1, earnedAt: start, activatesAt: start,
      expiresAt: start.addingTimeInterval(1), points: 100, remaining: remaining, held: 0, expired: expired,
      sourceLotID: transfer.isEmpty ? "" : "own", transferID: transfer)
  }

  private func link(
    _ id: String, of member: String, to parent: String, of parentMember: String, by transfer: String, _ points: Int64, expired: Int64 = 0
  ) -> LotFamily.Link {
    LotFamily.Link(
      lotID: id, memberID: member, parentLotID: parent, parentMemberID: parentMember, transferID: transfer, points: points,
      expired: expired)
  }

  @Test("Only what the own lot neither has nor lost by expiry is looked for elsewhere")
  func missing() {
    let family = LotFamily(own: lot("own", remaining: 30, expired: 20), of: "a")
    #expect([40, 50, 51, 100].map { family.missing(of: $0) } == [0, 0, 1, 50])
  }

  @Test("Those who were sent points first give first: what remains, then what expired of them")
  func siblings() {
    var family = LotFamily(own: lot("own", remaining: 0), of: "a")
    family.append(lot("b", remaining: 10, expired: 5, transfer: "t1"), of: "b", from: 0)
    family.append(lot("c", remaining: 40, transfer: "t2"), of: "c", from: 0)
    #expect(
      family.links(findingUpTo: 20) == [
        link("c", of: "c", to: "own", of: "a", by: "t2", 5), link("b", of: "b", to: "own", of: "a", by: "t1", 10, expired: 5),
      ])
    #expect(family.links(findingUpTo: 0).isEmpty)
  }

  @Test("Through a chain points go back link by link, the furthest first, and each link carries what came from further on")
  func chain() {
    var family = LotFamily(own: lot("own", remaining: 0), of: "a")
    family.append(lot("b", remaining: 10, transfer: "t1"), of: "b", from: 0)
    family.append(lot("c", remaining: 30, transfer: "t2"), of: "c", from: 1)
    #expect(
      family.links(findingUpTo: 100) == [
        link("c", of: "c", to: "b", of: "b", by: "t2", 30), link("b", of: "b", to: "own", of: "a", by: "t1", 40),
      ])
  }

  @Test("A reinstated lot gives nothing itself, and what was sent on from it goes back into it")
  func reinstated() {
    var family = LotFamily(own: lot("own", remaining: 0), of: "a")
    family.append(lot("again", remaining: 50), of: "a", from: 0)
    family.append(lot("b", remaining: 20, transfer: "t1"), of: "b", from: 1)
    #expect(family.links(findingUpTo: 60) == [link("b", of: "b", to: "again", of: "a", by: "t1", 20)])
  }
}
