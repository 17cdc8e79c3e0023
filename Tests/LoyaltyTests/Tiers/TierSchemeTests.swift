import Foundation
import Testing

@testable import Loyalty

@Suite struct TierSchemeTests {
  private let scheme = TierScheme(
    version: 1,
    tiers: [
      .spend("member", 0), .spend("silver", 5_000), .spend("gold", 15_000), .spend("diamond", 30_000),
    ],
    window: .rolling(months: 12), publishedAt: Date(timeIntervalSince1970: 0))

  @Test(
    "A tier holds from its threshold on (erpnext#22167: the minimum was ignored)",
    arguments: [
      (0, "member", "silver", 5_000), (4_999, "member", "silver", 1), (5_000, "silver", "gold", 10_000),
      (14_999, "silver", "gold", 1), (15_000, "gold", "diamond", 15_000), (29_999, "gold", "diamond", 1),
    ] as [(Int64, String, String, Int64)])
  func boundaries(growth: Int64, tier: String, next: String, missing: Int64) {
    let measured = TierMeasures(growthValue: growth)
    let position = scheme.position(reaching: [measured], over: [TierBasis(start: .distantPast)])
    #expect(scheme.tiers[position].code == tier)
    #expect(scheme.next(above: position, having: measured)?.tier.code == next)
    #expect(scheme.next(above: position, having: measured)?.missing == TierMeasures(growthValue: missing))
  }

  @Test("Nothing is missing at the top", arguments: [30_000, 1_000_000] as [Int64])
  func top(growth: Int64) {
    let measured = TierMeasures(growthValue: growth)
    let position = scheme.position(reaching: [measured], over: [TierBasis(start: .distantPast)])
    #expect(scheme.tiers[position].code == "diamond")
    #expect(scheme.next(above: position, having: measured) == nil)
  }
}
