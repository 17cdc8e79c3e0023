internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ServiceKit

extension LoyaltyV1.EarnRule {
  init(_ rule: EarnRule, _ terms: EarnTerms) {
    self.init(
      version: rule.version, currencyCode: rule.currencyCode, pointsNumerator: rule.pointsNumerator,
      pointsDenominator: rule.pointsDenominator, expireAfterMonths: rule.expiry.plainMonths.map(Int32.init) ?? 0,
      timeZone: rule.timeZoneIdentifier, activateAfterDays: Int32(rule.activateAfterDays), minorUnitsPerPoint: rule.minorUnitsPerPoint,
      publishTime: GoogleProtobuf.Timestamp(rule.publishedAt), expiry: rule.expiry.text,
      clauses: terms.clauses.map(LoyaltyV1.EarnClause.init), caps: LoyaltyV1.EarnCaps(rule.caps),
      actions: terms.actions.map(LoyaltyV1.EarnActionRule.init))
  }
}

extension EarnRule {
  /// A rule to publish, and what it says beside its rate; the server gives the version.
  static func read(_ message: LoyaltyV1.EarnRule, at instant: Date) throws -> (rule: EarnRule, terms: EarnTerms) {
    var errors = FieldErrors()
    let terms = EarnTerms(
      clauses: EarnClause.read(message.clauses, &errors), actions: EarnActionRule.read(message.actions, &errors))
    let rule = EarnRule(publishing: message, at: instant, &errors)
    try errors.throwIfAny()
    guard let rule else { preconditionFailure("an expiry that is none was refused") }
    return (rule, terms)
  }

  /// Nil where its expiry is none; all that is wrong is in `errors`.
  private init?(publishing message: LoyaltyV1.EarnRule, at instant: Date, _ errors: inout FieldErrors) {
    let limits = LoyaltyLimits.self
    errors.require(
      CurrencyExponent.isWellFormed(message.currencyCode), "rule.currency_code", "must be three upper-case letters of ISO 4217")
    errors.require(
      (0...limits.maximumRuleNumerator).contains(message.pointsNumerator), "rule.points_numerator",
      "must be 0 to \(limits.maximumRuleNumerator)")
    errors.require(
      (1...limits.maximumRuleDenominator).contains(message.pointsDenominator), "rule.points_denominator",
      "must be 1 to \(limits.maximumRuleDenominator)")
    errors.require(
      (1...limits.maximumMinorUnitsPerPoint).contains(message.minorUnitsPerPoint), "rule.minor_units_per_point",
      "must be 1 to \(limits.maximumMinorUnitsPerPoint)")
    let (months, days) = (Int(message.expireAfterMonths), Int(message.activateAfterDays))
    errors.require(
      (0...limits.maximumMonths).contains(months), "rule.expire_after_months", "must be 0 (never) to \(limits.maximumMonths)")
    let expiry = message.expiry.isEmpty ? .months(max(0, months)) : ExpiryRule(message.expiry)
    errors.require(
      message.expiry.isEmpty || months == 0 || expiry?.plainMonths == months, "rule.expire_after_months",
      "must be 0, or say the same, beside rule.expiry")
    errors.require(
      expiry != nil, "rule.expiry",
      "must be such as never, 365D, 12M, 12M end_of_month, end_of_year+3M or 12M inactive, of fifty years at most")
    errors.require(
      (0...limits.maximumActivationDays).contains(days), "rule.activate_after_days", "must be 0 to \(limits.maximumActivationDays)")
    errors.require(
      expiry?.fewestDays.map { days == 0 || days < $0 } ?? true, "rule.activate_after_days",
      "a lot must become active before it expires")
    errors.require(
      ProgramCalendar(timeZoneIdentifier: message.timeZone) != nil, "rule.time_zone", "must be an IANA zone such as America/New_York")
    let caps = EarnCaps.read(message.caps, &errors)
    guard let expiry else { return nil }
    self.init(
      version: 0, currencyCode: message.currencyCode, pointsNumerator: message.pointsNumerator,
      pointsDenominator: message.pointsDenominator, expiry: expiry, timeZoneIdentifier: message.timeZone,
      activateAfterDays: days, minorUnitsPerPoint: message.minorUnitsPerPoint, publishedAt: instant, caps: caps)
  }
}
