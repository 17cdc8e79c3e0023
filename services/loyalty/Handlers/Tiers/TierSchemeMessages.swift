internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ServiceKit

// MARK: Out

extension LoyaltyV1.TierScheme {
  init(_ scheme: TierScheme) {
    var months = 0
    if case .rolling(let count) = scheme.window { months = count }
    self.init(
      version: scheme.version, tiers: scheme.tiers.map(LoyaltyV1.Tier.init), windowMonths: Int32(months),
      publishTime: GoogleProtobuf.Timestamp(scheme.publishedAt), window: scheme.window.message, downgrade: scheme.downgrade.message)
  }
}

extension LoyaltyV1.Tier {
  fileprivate init(_ tier: TierScheme.Tier) {
    let least = tier.criteria.least
    self.init(
      code: tier.code, name: tier.name, thresholdGrowthValue: least.growthValue, thresholdVisits: least.visits,
      thresholdPoints: least.points, thresholdTenureDays: Int32(least.tenureDays), anyIsEnough: tier.criteria.combination == .any,
      admission: tier.admission.message, benefits: tier.benefits.map(LoyaltyV1.TierBenefit.init))
  }
}

extension LoyaltyV1.TierBenefit {
  init(_ benefit: TierBenefit) {
    switch benefit {
    case .discount(let basisPoints): self.init(kind: .discountBasisPoints(Int32(basisPoints)))
    case .pointsMultiplier(let numerator, let denominator):
      self.init(kind: .pointsMultiplier(LoyaltyV1.TierPointsMultiplier(numerator: numerator, denominator: denominator)))
    case .freeDelivery(let from): self.init(kind: .freeDeliveryFromMinorUnits(from))
    case .gift(let occasion, let what): self.init(kind: .gift(LoyaltyV1.TierGift(occasion: occasion.message, what: what)))
    case .priority(let what): self.init(kind: .priority(what))
    case .dedicatedAgent(let who): self.init(kind: .dedicatedAgent(who))
    }
  }
}

extension TierWindow {
  fileprivate var message: LoyaltyV1.TierWindow {
    switch self {
    case .rolling: .rolling
    case .calendar(.year): .calendarYear
    case .calendar: .calendarQuarter
    case .anniversary: .anniversary
    case .lifetime: .lifetime
    }
  }
}

extension TierDowngrade {
  fileprivate var message: LoyaltyV1.TierDowngrade {
    switch self {
    case .atOnce: LoyaltyV1.TierDowngrade(fall: .atOnce)
    case .atPeriodEnd(let policy):
      LoyaltyV1.TierDowngrade(
        fall: policy.fall == .oneStep ? .oneStep : .toEarned, graceDays: Int32(policy.graceDays),
        review: policy.review.map(\.message) ?? .unspecified)
    }
  }
}

extension TierAdmission {
  fileprivate var message: LoyaltyV1.TierAdmission {
    switch self {
    case .earned: .earned
    case .invited: .invited
    case .paid: .paid
    }
  }

  fileprivate init?(_ message: LoyaltyV1.TierAdmission) {
    switch message {
    case .unspecified, .earned: self = .earned
    case .invited: self = .invited
    case .paid: self = .paid
    case .unrecognized: return nil
    }
  }
}

extension TierBenefit.GiftOccasion {
  fileprivate var message: LoyaltyV1.TierGiftOccasion {
    switch self {
    case .upgrade: .upgrade
    case .birthday: .birthday
    case .year: .year
    }
  }

  fileprivate init?(_ message: LoyaltyV1.TierGiftOccasion) {
    switch message {
    case .upgrade: self = .upgrade
    case .birthday: self = .birthday
    case .year: self = .year
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension ExpiryRule.Period {
  fileprivate var message: LoyaltyV1.TierPeriod {
    switch self {
    case .month: .month
    case .quarter: .quarter
    case .year: .year
    }
  }

  fileprivate init?(_ message: LoyaltyV1.TierPeriod) {
    switch message {
    case .month: self = .month
    case .quarter: self = .quarter
    case .year: self = .year
    case .unspecified, .unrecognized: return nil
    }
  }
}

// MARK: In

extension TierScheme {
  /// A scheme to publish; the server gives the version.
  init(publishing message: LoyaltyV1.TierScheme, at instant: Date) throws {
    var errors = FieldErrors()
    let scheme = Self.read(message, "scheme", at: instant, &errors)
    try errors.throwIfAny()
    self = scheme
  }

  /// The scheme that stands in the field `name`; of no use where it adds to `errors`.
  static func read(_ message: LoyaltyV1.TierScheme, _ name: String, at instant: Date, _ errors: inout FieldErrors) -> TierScheme {
    let window = TierWindow.read(message, name, &errors)
    let downgrade = TierDowngrade.read(message.downgrade ?? LoyaltyV1.TierDowngrade(), of: window, "\(name).downgrade", &errors)
    let most = LoyaltyLimits.maximumTiers
    errors.require((1...most).contains(message.tiers.count), "\(name).tiers", "must be 1 to \(most)")
    let tiers = message.tiers.prefix(most).enumerated().map { Tier.read($1, "\(name).tiers[\($0)]", &errors) }
    checkOrder(of: tiers, "\(name).tiers", &errors)
    return TierScheme(version: 0, tiers: tiers, window: window, downgrade: downgrade, publishedAt: instant)
  }

  private static func checkOrder(of tiers: [Tier], _ name: String, _ errors: inout FieldErrors) {
    for (index, tier) in tiers.enumerated() {
      let field = "\(name)[\(index)]"
      errors.require(!tiers[..<index].contains { $0.code == tier.code }, "\(field).code", "stands twice")
      guard index > 0 else {
        errors.require(
          tier.criteria.askForNothing && tier.admission == .earned, "\(field).threshold_growth_value",
          "the first tier must ask for nothing: every member has a tier")
        continue
      }
      guard tier.admission == .earned else {
        errors.require(tier.criteria.askForNothing, "\(field).admission", "a tier by grant only has no criteria")
        continue
      }
      errors.require(!tier.criteria.askForNothing, "\(field).threshold_growth_value", "must be above the one before, or another criterion")
      let below = tiers[..<index].last { $0.admission == .earned }
      errors.require(
        !(below.map { tier.criteria.areNoHarder(than: $0.criteria) } ?? false), "\(field).threshold_growth_value",
        "must be above the one before")
    }
  }
}

extension TierScheme.Tier {
  fileprivate static func read(_ message: LoyaltyV1.Tier, _ field: String, _ errors: inout FieldErrors) -> TierScheme.Tier {
    let limits = LoyaltyLimits.self
    errors.require(text: message.code, "\(field).code", upTo: limits.maximumTierCodeBytes)
    errors.require(text: message.name, "\(field).name", upTo: limits.maximumTierNameBytes)
    errors.require(
      (0...limits.maximumMinorUnits).contains(message.thresholdGrowthValue), "\(field).threshold_growth_value", LoyaltyLimits.range)
    errors.require(
      (0...TierLimits.maximumVisits).contains(message.thresholdVisits), "\(field).threshold_visits",
      "must be 0 to \(TierLimits.maximumVisits)")
    errors.require(
      (0...limits.maximumPoints).contains(message.thresholdPoints), "\(field).threshold_points", "must be 0 to \(limits.maximumPoints)")
    errors.require(
      (0...TierLimits.maximumTenureDays).contains(Int64(message.thresholdTenureDays)), "\(field).threshold_tenure_days",
      "must be 0 to \(TierLimits.maximumTenureDays)")
    let admission = TierAdmission(message.admission)
    errors.require(admission != nil, "\(field).admission", "is unknown")
    let most = TierLimits.maximumBenefits
    errors.require(message.benefits.count <= most, "\(field).benefits", "must be \(most) at most")
    return TierScheme.Tier(
      code: message.code, name: message.name,
      criteria: TierCriteria(
        least: TierMeasures(
          growthValue: message.thresholdGrowthValue, visits: message.thresholdVisits, points: message.thresholdPoints,
          tenureDays: Int64(message.thresholdTenureDays)),
        combination: message.anyIsEnough ? .any : .all),
      admission: admission ?? .earned,
      benefits: message.benefits.prefix(most).enumerated().compactMap { TierBenefit.read($1, "\(field).benefits[\($0)]", &errors) })
  }
}

extension TierWindow {
  fileprivate static func read(_ message: LoyaltyV1.TierScheme, _ name: String, _ errors: inout FieldErrors) -> TierWindow {
    let (months, most) = (Int(message.windowMonths), LoyaltyLimits.maximumMonths)
    switch message.window {
    case .unspecified, .rolling:
      errors.require((1...most).contains(months), "\(name).window_months", "must be 1 to \(most)")
      return .rolling(months: min(max(1, months), most))
    case .calendarQuarter, .calendarYear, .anniversary, .lifetime:
      errors.require(months == 0, "\(name).window_months", "are a rolling window's")
    case .unrecognized: errors.add("\(name).window", "is unknown")
    }
    return switch message.window {
    case .calendarQuarter: .calendar(.quarter)
    case .calendarYear: .calendar(.year)
    case .anniversary: .anniversary
    default: .lifetime
    }
  }
}

extension TierDowngrade {
  fileprivate static func read(
    _ message: LoyaltyV1.TierDowngrade, of window: TierWindow, _ name: String, _ errors: inout FieldErrors
  ) -> TierDowngrade {
    let fall: TierPeriodEnd.Fall
    switch message.fall {
    case .toEarned: fall = .toEarned
    case .oneStep: fall = .oneStep
    case .unspecified, .atOnce:
      errors.require(message.graceDays == 0, "\(name).grace_days", "are of a tier that is lost at the end of a period")
      errors.require(message.review == .unspecified, "\(name).review", "is of a tier that is lost at the end of a period")
      return .atOnce
    case .unrecognized:
      errors.add("\(name).fall", "is unknown")
      return .atOnce
    }
    let review = ExpiryRule.Period(message.review)
    var length = ExpiryRule.Period.year
    switch window {
    case .rolling:
      errors.require(review != nil, "\(name).review", "must be a month, a quarter or a year: a rolling window has no end of its own")
      length = review ?? .year
    case .calendar(let period): length = period
    case .anniversary: break
    case .lifetime: errors.add("\(name).fall", "must be at once: nothing leaves a lifetime")
    }
    if case .rolling = window {} else { errors.require(message.review == .unspecified, "\(name).review", "is a rolling window's") }
    let most = TierLimits.maximumGraceDays[length] ?? 0
    errors.require((0...most).contains(Int(message.graceDays)), "\(name).grace_days", "must be 0 to \(most): less than a period")
    return .atPeriodEnd(TierPeriodEnd(fall: fall, graceDays: Int(message.graceDays), review: review))
  }
}

extension TierBenefit {
  fileprivate static func read(_ message: LoyaltyV1.TierBenefit, _ field: String, _ errors: inout FieldErrors) -> TierBenefit? {
    switch message.kind {
    case .discountBasisPoints(let basisPoints)?:
      let most = TierLimits.maximumBasisPoints
      errors.require((1...most).contains(Int64(basisPoints)), "\(field).discount_basis_points", "must be 1 to \(most)")
      return .discount(basisPoints: Int64(basisPoints))
    case .pointsMultiplier(let multiplier)?:
      let (numerator, denominator, most) = (multiplier.numerator, multiplier.denominator, TierLimits.maximumMultiplier)
      errors.require(
        (1...most).contains(numerator) && (1...most).contains(denominator), "\(field).points_multiplier",
        "must be two numbers of 1 to \(most)")
      return .pointsMultiplier(numerator: numerator, denominator: denominator)
    case .freeDeliveryFromMinorUnits(let from)?:
      errors.require((0...LoyaltyLimits.maximumMinorUnits).contains(from), "\(field).free_delivery_from_minor_units", LoyaltyLimits.range)
      return .freeDelivery(fromMinorUnits: from)
    case .gift(let gift)?:
      let occasion = GiftOccasion(gift.occasion)
      errors.require(occasion != nil, "\(field).gift.occasion", "must be an upgrade, a birthday or a year")
      errors.require(text: gift.what, "\(field).gift.what", upTo: TierLimits.maximumBenefitBytes)
      return .gift(on: occasion ?? .year, what: gift.what)
    case .priority(let what)?:
      errors.require(text: what, "\(field).priority", upTo: TierLimits.maximumBenefitBytes)
      return .priority(what: what)
    case .dedicatedAgent(let who)?:
      errors.require(text: who, "\(field).dedicated_agent", upTo: TierLimits.maximumBenefitBytes)
      return .dedicatedAgent(who: who)
    case nil:
      errors.add("\(field).kind", "must say what the benefit is")
      return nil
    }
  }
}
