import Foundation
import Testing

@testable import Loyalty

@Suite struct TierSchemeTests {
  private let scheme = TierScheme(
    version: 1,
    tiers: [
      .init(code: "member", name: "Member", threshold: 0), .init(code: "silver", name: "Silver", threshold: 5_000),
      .init(code: "gold", name: "Gold", threshold: 15_000), .init(code: "diamond", name: "Diamond", threshold: 30_000),
    ],
    windowMonths: 12, publishedAt: Date(timeIntervalSince1970: 0))

  @Test(
    "A tier holds from its threshold on (erpnext#22167: the minimum was ignored)",
    arguments: [
      (0, "member", "silver", 5_000), (4_999, "member", "silver", 1), (5_000, "silver", "gold", 10_000),
      (14_999, "silver", "gold", 1), (15_000, "gold", "diamond", 15_000), (29_999, "gold", "diamond", 1),
    ] as [(Int64, String, String, Int64)])
  func boundaries(growth: Int64, tier: String, next: String, missing: Int64) {
    #expect(scheme.tier(for: growth).code == tier)
    #expect(scheme.next(above: growth)?.tier.code == next)
    #expect(scheme.next(above: growth)?.missing == missing)
  }

  @Test("Nothing is missing at the top", arguments: [30_000, 1_000_000] as [Int64])
  func top(growth: Int64) {
    #expect(scheme.tier(for: growth).code == "diamond")
    #expect(scheme.next(above: growth) == nil)
  }
}
