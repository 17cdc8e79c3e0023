internal import Foundation

/// What is sold: how often a period may be used, how long it lasts, and what it costs. Immutable once published.
struct EntitlementPlan: Equatable, Sendable {
  var code: String
  var version: Int64
  var name: String
  /// Of a period; 0 is without a count.
  var uses: Int64
  /// 0 is without a limit.
  var usesPerDay: Int64
  /// Never one of inactivity.
  var validity: ExpiryRule
  var timeZoneIdentifier: String
  var price: Int64
  var currencyCode: String
  /// What it admits to; none is everything.
  var services: [String]
  /// Of one period; 0 is never.
  var freezeDays: Int
  /// A renewal within so many days after the end goes on from there.
  var graceDays: Int
  var publishedAt: Date

  var calendar: ProgramCalendar {
    guard let calendar = ProgramCalendar(timeZoneIdentifier: timeZoneIdentifier) else {
      preconditionFailure("the zones of published plans are known: a start looks at them")
    }
    return calendar
  }

  func admits(to service: String) -> Bool { services.isEmpty || services.contains(service) }
}

/// The bounds of what one request may say of entitlements.
enum EntitlementLimits {
  static let maximumUses: Int64 = 1_000_000
  static let maximumFreezeDays = 366
  static let maximumGraceDays = 366
  static let maximumServices = 100
  /// A card that is renewed monthly reaches this in eighty years.
  static let maximumPeriods = 1_000
  static let holdSeconds = 60.0...86_400.0
  static let usualHoldSeconds = 900.0
  /// For how long a period that has ended is shown.
  static let shownDaysAfterEnd = 366
}
