import Testing

@testable import Loyalty

@Suite struct TierCriteriaTests {
  private static let all = TierCriteria(least: TierMeasures(growthValue: 100, visits: 5, tenureDays: 30))
  private static let any = TierCriteria(least: TierMeasures(growthValue: 100, visits: 5, tenureDays: 30), combination: .any)

  @Test(
    "Each criterion that is asked for is met, or any one of them",
    arguments: [
      (TierMeasures(), false, false), (TierMeasures(growthValue: 99, visits: 4, points: 1_000, tenureDays: 29), false, false),
      (TierMeasures(growthValue: 100), false, true), (TierMeasures(visits: 5), false, true), (TierMeasures(tenureDays: 30), false, true),
      (TierMeasures(points: 1_000_000), false, false),
      (TierMeasures(growthValue: 100, visits: 5, tenureDays: 29), false, true),
      (TierMeasures(growthValue: 100, visits: 5, tenureDays: 30), true, true),
    ])
  func combinations(measured: TierMeasures, byAll: Bool, byAny: Bool) {
    #expect(Self.all.areMet(by: measured) == byAll)
    #expect(Self.any.areMet(by: measured) == byAny)
  }

  @Test("Criteria that ask for nothing are met by nothing, also where any is enough")
  func nothing() {
    #expect(TierCriteria(least: TierMeasures()).areMet(by: TierMeasures()))
    #expect(TierCriteria(least: TierMeasures(), combination: .any).areMet(by: TierMeasures()))
  }

  @Test("What is missing is told of each criterion that is asked for")
  func missing() {
    let missing = Self.any.missing(from: TierMeasures(growthValue: 28, visits: 9, points: 0, tenureDays: 29))
    #expect(missing == TierMeasures(growthValue: 72, visits: 0, points: 0, tenureDays: 1))
  }

  @Test("Criteria of the same kinds are compared; others are not")
  func order() {
    let spend = TierCriteria.growthValue(100)
    #expect(TierCriteria.growthValue(100).areNoHarder(than: spend))
    #expect(TierCriteria.growthValue(99).areNoHarder(than: spend))
    #expect(!TierCriteria.growthValue(101).areNoHarder(than: spend))
    #expect(!TierCriteria(least: TierMeasures(visits: 1)).areNoHarder(than: spend))
    let both = TierCriteria(least: TierMeasures(growthValue: 100, visits: 5))
    #expect(!TierCriteria(least: TierMeasures(growthValue: 100, visits: 6)).areNoHarder(than: both))
    #expect(TierCriteria(least: TierMeasures(growthValue: 200, visits: 4)).areNoHarder(than: both))
  }
}
