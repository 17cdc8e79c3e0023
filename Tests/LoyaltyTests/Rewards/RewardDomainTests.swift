import Foundation
import Testing

@testable import Loyalty

@Suite struct RewardDomainTests {
  private static func reward(_ change: (inout Reward) -> Void = { _ in }) -> Reward {
    var reward = Reward(
      code: "mug", version: 1, name: "A mug", kind: .gift, item: "", points: 100, cash: 0, currencyCode: "", tierCodes: [],
      limits: Reward.Limits(), timeZoneIdentifier: "Europe/Berlin", firstDay: nil, lastDay: nil, holdSeconds: 900,
      publishedAt: instant("2027-01-01T00:00:00Z"))
    change(&reward)
    return reward
  }

  private static let noon = instant("2027-03-28T10:00:00Z")

  @Test("A reward's days are the zone's, both included, also on the day that has 23 hours")
  func days() {
    let reward = Self.reward {
      $0.firstDay = CivilDay(year: 2027, month: 3, day: 28)
      $0.lastDay = CivilDay(year: 2027, month: 3, day: 28)
    }
    let standing = RewardStanding(stock: RewardStock())
    let expected: [(String, [RewardObstacle])] = [
      ("2027-03-27T22:59:59.999999Z", [.notBegun]), ("2027-03-27T23:00:00Z", []), ("2027-03-28T21:59:59.999999Z", []),
      ("2027-03-28T22:00:00Z", [.ended]),
    ]
    for (time, obstacles) in expected { #expect(reward.obstacles(standing, quantity: 1, at: instant(time)) == obstacles, "\(time)") }
  }

  @Test("Stock and each limit count what is held, used and wanted, to the last one")
  func limits() {
    let reward = Self.reward { $0.limits = Reward.Limits(member: 5, day: 2, month: 3, total: 8) }
    func obstacles(_ quantity: Int64, _ stock: RewardStock, _ taken: RewardTaken = RewardTaken()) -> [RewardObstacle] {
      reward.obstacles(RewardStanding(stock: stock, taken: taken), quantity: quantity, at: Self.noon)
    }
    #expect(obstacles(2, RewardStock(stock: 10, held: 3, used: 3)).isEmpty)
    #expect(obstacles(3, RewardStock(stock: 10, held: 3, used: 3)) == [.totalLimit(left: 2), .dayLimit(left: 2)])
    #expect(obstacles(2, RewardStock(stock: 10, held: 3, used: 6)) == [.outOfStock(available: 1), .totalLimit(left: 0)])
    // What was reversed and thrown away is room of the limit and no stock.
    #expect(obstacles(2, RewardStock(stock: 10, held: 0, used: 8, lost: 2)).isEmpty)
    #expect(obstacles(1, RewardStock(), RewardTaken(today: 2, thisMonth: 2, ever: 2)) == [.dayLimit(left: 0)])
    #expect(obstacles(1, RewardStock(), RewardTaken(today: 0, thisMonth: 3, ever: 3)) == [.monthLimit(left: 0)])
    #expect(obstacles(1, RewardStock(), RewardTaken(today: 0, thisMonth: 0, ever: 5)) == [.memberLimit(left: 0)])
  }

  @Test("A reward without a count or limits is had as often as points pay")
  func unlimited() {
    let standing = RewardStanding(tierCode: "member", spendable: 250, stock: RewardStock(used: 1_000_000))
    #expect(Self.reward().obstacles(standing, quantity: 2, at: Self.noon).isEmpty)
    #expect(Self.reward().obstacles(standing, quantity: 3, at: Self.noon) == [.points(spendable: 250)])
    #expect(Self.reward { $0.tierCodes = ["gold"] }.obstacles(standing, quantity: 1, at: Self.noon) == [.tier])
  }

  @Test("A hold ends at its instant, not after it")
  func lapse() {
    let redemption = Redemption(
      redemptionID: "rdm_1", memberID: "mem_a", code: "mug", version: 1, state: .held, quantity: 2, points: 100, cash: 0, currencyCode: "",
      storeID: "sto_1", clientID: "", staffID: "", reference: "1", day: 0, heldUntil: Self.noon, createdAt: Self.noon)
    #expect(redemption.state(at: Self.noon - microsecond) == .held)
    #expect(redemption.state(at: Self.noon) == .lapsed)
  }
}
