import Foundation
import Testing

@testable import Loyalty

@Suite struct GiveBackTests {
  private let now = Date(timeIntervalSince1970: 1_000)

  private func draw(_ position: Int, points: Int64, givenBack: Int64 = 0, expiresIn seconds: TimeInterval = 60) -> GiveBack.SpentDraw {
    GiveBack.SpentDraw(
      position: position, lotID: "lot_\(position)", expiresAt: now.addingTimeInterval(seconds), points: points, givenBack: givenBack)
  }

  @Test("The last drawn lot gets its points back first, as if less had been spent")
  func lastDrawnFirst() {
    let plan = GiveBack.plan(15, to: [draw(0, points: 10), draw(1, points: 10)], at: now)
    #expect(
      plan.parts == [
        .init(position: 1, lotID: "lot_1", points: 10, toGraceLot: false), .init(position: 0, lotID: "lot_0", points: 5, toGraceLot: false),
      ])
    #expect(plan.gracePoints == 0)
  }

  @Test("What earlier returns gave back is not given twice")
  func afterEarlierReturn() {
    let plan = GiveBack.plan(8, to: [draw(0, points: 10), draw(1, points: 10, givenBack: 7)], at: now)
    #expect(plan.parts.map(\.points) == [3, 5])
  }

  @Test("A lot that expired meanwhile, to the instant, goes to the grace lot", arguments: [(-1.0, true), (0.0, true), (0.000_001, false)])
  func grace(expiresIn seconds: TimeInterval, toGraceLot: Bool) {
    let plan = GiveBack.plan(4, to: [draw(0, points: 10, expiresIn: seconds)], at: now)
    #expect(plan.parts == [.init(position: 0, lotID: "lot_0", points: 4, toGraceLot: toGraceLot)])
    #expect(plan.gracePoints == (toGraceLot ? 4 : 0))
  }
}
