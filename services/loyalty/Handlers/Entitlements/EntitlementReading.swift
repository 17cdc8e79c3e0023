internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ServiceKit

extension EntitlementPlan {
  /// A plan to publish; the server gives the version.
  init(publishing message: LoyaltyV1.EntitlementPlan, at instant: Date) throws {
    var errors = FieldErrors()
    let limits = EntitlementLimits.self
    errors.require(text: message.code, "plan.code", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(text: message.name, "plan.name", upTo: LoyaltyLimits.maximumReasonBytes)
    errors.require((0...limits.maximumUses).contains(message.uses), "plan.uses", "must be 0 (without a count) to \(limits.maximumUses)")
    errors.require(
      (0...limits.maximumUses).contains(message.usesPerDay), "plan.uses_per_day", "must be 0 (no limit) to \(limits.maximumUses)")
    let validity = ExpiryRule(message.validity)
    errors.require(
      validity.map { !$0.isOfInactivity } ?? false, "plan.validity",
      "must be such as 30D, 1M, 1Y, 1M end_of_month, end_of_quarter or never, of fifty years at most")
    errors.require(
      ProgramCalendar(timeZoneIdentifier: message.timeZone) != nil, "plan.time_zone", "must be an IANA zone such as Europe/Berlin")
    let price = message.price ?? TypeV1.Money()
    errors.require(
      CurrencyExponent.isWellFormed(price.currencyCode), "plan.price.currency_code", "must be three upper-case letters of ISO 4217")
    errors.require((0...LoyaltyLimits.maximumMinorUnits).contains(price.minorUnits), "plan.price.minor_units", LoyaltyLimits.range)
    let services = message.services.prefix(limits.maximumServices)
    errors.require(message.services.count <= limits.maximumServices, "plan.services", "must be at most \(limits.maximumServices)")
    for (index, service) in services.enumerated() {
      errors.require(text: service, "plan.services[\(index)]", upTo: LoyaltyLimits.maximumIdentifierBytes)
    }
    errors.require(Set(services).count == services.count, "plan.services", "must each stand once")
    errors.require(
      (0...limits.maximumFreezeDays).contains(Int(message.freezeDays)), "plan.freeze_days", "must be 0 to \(limits.maximumFreezeDays)")
    errors.require(
      (0...limits.maximumGraceDays).contains(Int(message.graceDays)), "plan.grace_days", "must be 0 to \(limits.maximumGraceDays)")
    try errors.throwIfAny()
    guard let validity else { preconditionFailure("a validity that is none was refused") }
    self.init(
      code: message.code, version: 0, name: message.name, uses: message.uses, usesPerDay: message.usesPerDay, validity: validity,
      timeZoneIdentifier: message.timeZone, price: price.minorUnits, currencyCode: price.currencyCode, services: services.sorted(),
      freezeDays: Int(message.freezeDays), graceDays: Int(message.graceDays), publishedAt: instant)
  }
}

/// What requests about entitlements have in common, checked field by field.
enum EntitlementReading {
  static func sale(
    _ reference: String, _ payment: LoyaltyV1.StoredValuePayment?, _ expectedPrice: Int64?, _ errors: inout FieldErrors
  ) -> EntitlementLedger.Sale {
    EntitlementLedger.Sale(
      reference: StoredValueReading.identifier(reference, "reference", &errors), payment: StoredValueReading.payment(payment, &errors),
      expectedPrice: expectedPrice)
  }

  /// Seconds that a use is held for.
  static func hold(_ duration: GoogleProtobuf.Duration?, _ errors: inout FieldErrors) -> TimeInterval {
    guard let duration else { return EntitlementLimits.usualHoldSeconds }
    let seconds = duration.duration / .seconds(1)
    let range = EntitlementLimits.holdSeconds
    errors.require(range.contains(seconds), "hold", "must be \(Int(range.lowerBound)) to \(Int(range.upperBound)) s")
    return seconds
  }
}
