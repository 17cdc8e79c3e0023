internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ServiceKit

extension Reward {
  /// A reward to publish; the server gives the version and the zone.
  init(publishing message: LoyaltyV1.Reward, stock: Int64?, at instant: Date) throws {
    var errors = FieldErrors()
    let limits = RewardLimits.self
    errors.require(text: message.code, "reward.code", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require(text: message.name, "reward.name", upTo: LoyaltyLimits.maximumReasonBytes)
    let kind = Kind(message.kind)
    errors.require(kind != nil, "reward.kind", "must be a known kind")
    errors.require(optionalText: message.item, "reward.item", upTo: LoyaltyLimits.maximumIdentifierBytes)
    errors.require((1...limits.maximumPoints).contains(message.points), "reward.points", "must be 1 to \(limits.maximumPoints)")
    if let cash = message.cash {
      errors.require(
        CurrencyExponent.isWellFormed(cash.currencyCode), "reward.cash.currency_code", "must be three upper-case letters of ISO 4217")
      errors.require((1...LoyaltyLimits.maximumMinorUnits).contains(cash.minorUnits), "reward.cash.minor_units", LoyaltyLimits.range)
    }
    errors.require(
      message.tierCodes.count <= LoyaltyLimits.maximumTiers, "reward.tier_codes", "must be at most \(LoyaltyLimits.maximumTiers)")
    let tierCodes = Set(message.tierCodes.prefix(LoyaltyLimits.maximumTiers))
    for tierCode in tierCodes { errors.require(text: tierCode, "reward.tier_codes", upTo: LoyaltyLimits.maximumTierCodeBytes) }
    for (field, limit) in [
      ("member_limit", message.memberLimit), ("day_limit", message.dayLimit), ("month_limit", message.monthLimit),
      ("total_limit", message.totalLimit),
    ] {
      errors.require((0...limits.maximumStock).contains(limit), "reward.\(field)", "must be 0 (no limit) to \(limits.maximumStock)")
    }
    let (first, last) = (message.firstDay.flatMap(StoredValueReading.day), message.lastDay.flatMap(StoredValueReading.day))
    errors.require(message.firstDay == nil || first != nil, "reward.first_day", "is no day of the calendar")
    errors.require(message.lastDay == nil || last != nil, "reward.last_day", "is no day of the calendar")
    if let first, let last { errors.require(first <= last, "reward.last_day", "must not come before first_day") }
    let seconds = message.hold.map { $0.duration / .seconds(1) } ?? limits.usualHoldSeconds
    errors.require(limits.holdSeconds.contains(seconds), "reward.hold", "must be 60 to 86400 s")
    errors.require(
      stock.map { (0...limits.maximumStock).contains($0) } ?? true, "initial_stock", "must be 0 to \(limits.maximumStock)")
    try errors.throwIfAny()
    guard let kind else { preconditionFailure("a kind that is none was refused") }
    self.init(
      code: message.code, version: 0, name: message.name, kind: kind, item: message.item, points: message.points,
      cash: message.cash?.minorUnits ?? 0, currencyCode: message.cash?.currencyCode ?? "", tierCodes: tierCodes.sorted(),
      limits: Limits(member: message.memberLimit, day: message.dayLimit, month: message.monthLimit, total: message.totalLimit),
      timeZoneIdentifier: "", firstDay: first, lastDay: last, holdSeconds: Int64(seconds), publishedAt: instant)
  }
}
