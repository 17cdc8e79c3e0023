internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ServiceKit

extension SpendOrder {
  fileprivate var message: LoyaltyV1.StoredValueSpendOrder {
    switch self {
    case .principalFirst: .principalFirst
    case .bonusFirst: .bonusFirst
    case .proportional: .proportional
    }
  }

  fileprivate init?(_ message: LoyaltyV1.StoredValueSpendOrder) {
    switch message {
    case .principalFirst: self = .principalFirst
    case .bonusFirst: self = .bonusFirst
    case .proportional: self = .proportional
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension LoyaltyV1.StoredValuePolicy {
  init(_ policy: ValuePolicy) {
    self.init(
      jurisdiction: policy.jurisdiction, version: policy.version, currencyCode: policy.currencyCode, timeZone: policy.timeZoneIdentifier,
      spendOrder: policy.spendOrder.message, maximumNamedBalance: policy.maximumNamedBalance,
      maximumAnonymousBalance: policy.maximumAnonymousBalance, maximumLoad: policy.maximumLoad,
      maximumDailyLoad: policy.maximumDailyLoad, namedCardMonths: Int32(policy.namedCardMonths),
      anonymousCardMonths: Int32(policy.anonymousCardMonths), pinTries: Int32(policy.pinTries),
      publishTime: GoogleProtobuf.Timestamp(policy.publishedAt))
  }
}

extension LoyaltyV1.BonusScheme {
  init(_ scheme: BonusScheme) {
    self.init(
      jurisdiction: scheme.jurisdiction, version: scheme.version,
      packages: scheme.packages.map { LoyaltyV1.BonusPackage(chargeMinorUnits: $0.charge, bonusMinorUnits: $0.bonus) },
      publishTime: GoogleProtobuf.Timestamp(scheme.publishedAt))
  }
}

extension ValuePolicy {
  /// A policy to publish; the server gives the version.
  init(publishing message: LoyaltyV1.StoredValuePolicy, at instant: Date) throws {
    var errors = FieldErrors()
    errors.require(text: message.jurisdiction, "policy.jurisdiction", upTo: StoredValueLimits.maximumJurisdictionBytes)
    errors.require(
      CurrencyExponent.isWellFormed(message.currencyCode), "policy.currency_code", "must be three upper-case letters of ISO 4217")
    errors.require(
      ProgramCalendar(timeZoneIdentifier: message.timeZone) != nil, "policy.time_zone", "must be an IANA zone such as Asia/Shanghai")
    let amounts = [
      ("maximum_named_balance", message.maximumNamedBalance), ("maximum_anonymous_balance", message.maximumAnonymousBalance),
      ("maximum_load", message.maximumLoad), ("maximum_daily_load", message.maximumDailyLoad),
    ]
    for (name, amount) in amounts {
      errors.require(
        (0...LoyaltyLimits.maximumMinorUnits).contains(amount), "policy.\(name)", "must be 0 (none) or more, \(LoyaltyLimits.range)")
    }
    for (name, months) in [("named_card_months", message.namedCardMonths), ("anonymous_card_months", message.anonymousCardMonths)] {
      errors.require(
        (0...LoyaltyLimits.maximumMonths).contains(Int(months)), "policy.\(name)", "must be 0 (never) to \(LoyaltyLimits.maximumMonths)")
    }
    errors.require(
      (1...StoredValueLimits.maximumPINTries).contains(Int(message.pinTries)), "policy.pin_tries",
      "must be 1 to \(StoredValueLimits.maximumPINTries)")
    let spendOrder = SpendOrder(message.spendOrder)
    errors.require(spendOrder != nil, "policy.spend_order", "must be a known order")
    try errors.throwIfAny()
    self.init(
      jurisdiction: message.jurisdiction, version: 0, currencyCode: message.currencyCode, timeZoneIdentifier: message.timeZone,
      spendOrder: spendOrder ?? .principalFirst, maximumNamedBalance: message.maximumNamedBalance,
      maximumAnonymousBalance: message.maximumAnonymousBalance, maximumLoad: message.maximumLoad,
      maximumDailyLoad: message.maximumDailyLoad, namedCardMonths: Int(message.namedCardMonths),
      anonymousCardMonths: Int(message.anonymousCardMonths), pinTries: Int(message.pinTries), publishedAt: instant)
  }
}

extension BonusScheme {
  /// A scheme to publish; the server gives the version.
  init(publishing message: LoyaltyV1.BonusScheme, at instant: Date) throws {
    var errors = FieldErrors()
    errors.require(text: message.jurisdiction, "scheme.jurisdiction", upTo: StoredValueLimits.maximumJurisdictionBytes)
    let packages = message.packages.prefix(StoredValueLimits.maximumPackages)
    errors.require(
      message.packages.count <= StoredValueLimits.maximumPackages, "scheme.packages", "at most \(StoredValueLimits.maximumPackages)")
    var previous: Int64 = 0
    for (index, package) in packages.enumerated() {
      let amounts = 1...LoyaltyLimits.maximumMinorUnits
      errors.require(
        amounts.contains(package.chargeMinorUnits) && package.chargeMinorUnits > previous,
        "scheme.packages[\(index)].charge_minor_units", "must be above the one before, \(LoyaltyLimits.range)")
      errors.require(
        amounts.contains(package.bonusMinorUnits), "scheme.packages[\(index)].bonus_minor_units",
        "must be 1 or more, \(LoyaltyLimits.range)")
      previous = package.chargeMinorUnits
    }
    try errors.throwIfAny()
    self.init(
      jurisdiction: message.jurisdiction, version: 0,
      packages: packages.map { Package(charge: $0.chargeMinorUnits, bonus: $0.bonusMinorUnits) }, publishedAt: instant)
  }
}
