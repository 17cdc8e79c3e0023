/// What is measured of a member over a part of the past.
struct TierMeasures: Equatable, Sendable {
  /// Net spend, in minor units.
  var growthValue: Int64 = 0
  /// Committed orders that have not come back whole.
  var visits: Int64 = 0
  /// Earned by orders, less what returns took back.
  var points: Int64 = 0
  /// Whole days since the member's first day.
  var tenureDays: Int64 = 0
}

/// What a tier asks for. A criterion of 0 asks for nothing.
struct TierCriteria: Equatable, Sendable {
  enum Combination: String, CaseIterable, Sendable {
    case all
    case any
  }

  var least: TierMeasures
  var combination = Combination.all

  static func growthValue(_ minorUnits: Int64) -> TierCriteria { TierCriteria(least: TierMeasures(growthValue: minorUnits)) }

  var askForNothing: Bool { least == TierMeasures() }

  func areMet(by measured: TierMeasures) -> Bool {
    if askForNothing { return true }
    return switch combination {
    case .all: missing(from: measured) == TierMeasures()
    case .any:
      Self.isReached(least.growthValue, measured.growthValue) || Self.isReached(least.visits, measured.visits)
        || Self.isReached(least.points, measured.points) || Self.isReached(least.tenureDays, measured.tenureDays)
    }
  }

  func missing(from measured: TierMeasures) -> TierMeasures {
    TierMeasures(
      growthValue: Self.missing(least.growthValue, measured.growthValue), visits: Self.missing(least.visits, measured.visits),
      points: Self.missing(least.points, measured.points), tenureDays: Self.missing(least.tenureDays, measured.tenureDays))
  }

  private static func missing(_ least: Int64, _ measured: Int64) -> Int64 { least > 0 ? max(0, least - measured) : 0 }
  private static func isReached(_ least: Int64, _ measured: Int64) -> Bool { least > 0 && measured >= least }
}

extension TierCriteria {
  /// Whether these are easier to meet than `others`, or as easy: told of criteria of the same kinds only.
  func areNoHarder(than others: TierCriteria) -> Bool {
    guard combination == others.combination, kinds == others.kinds else { return false }
    let (one, other) = (least, others.least)
    let isHigher =
      one.growthValue > other.growthValue || one.visits > other.visits || one.points > other.points || one.tenureDays > other.tenureDays
    let isLower =
      one.growthValue < other.growthValue || one.visits < other.visits || one.points < other.points || one.tenureDays < other.tenureDays
    return !isHigher || isLower
  }

  private var kinds: [Bool] { [least.growthValue > 0, least.visits > 0, least.points > 0, least.tenureDays > 0] }
}
