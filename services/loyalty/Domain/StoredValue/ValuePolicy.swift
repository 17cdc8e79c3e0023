internal import Foundation

/// What a jurisdiction, or the retailer, allows of stored value. One version, never changed once published.
struct ValuePolicy: Equatable, Sendable {
  /// A card that had expired when a return gave something back to it lives this many days more.
  static let graceDays = 30

  var jurisdiction: String
  var version: Int64
  var currencyCode: String
  var timeZoneIdentifier: String
  var spendOrder: SpendOrder
  /// Of principal; 0 means no limit, here and below.
  var maximumNamedBalance: Int64
  var maximumAnonymousBalance: Int64
  var maximumLoad: Int64
  var maximumDailyLoad: Int64
  /// 0 means never.
  var namedCardMonths: Int
  var anonymousCardMonths: Int
  var pinTries: Int
  var publishedAt: Date

  func maximumBalance(isNamed: Bool) -> Int64 { isNamed ? maximumNamedBalance : maximumAnonymousBalance }

  /// When a card that is activated at `instant` is gone: the first instant after its last day.
  func cardExpiry(activatedAt instant: Date, isNamed: Bool) -> Date {
    calendar.expiry(of: instant, by: .months(isNamed ? namedCardMonths : anonymousCardMonths))
  }

  /// - Precondition: the zone exists, which publishing checked, and `LoyaltyApp` checks again at each start.
  var calendar: ProgramCalendar {
    guard let calendar = ProgramCalendar(timeZoneIdentifier: timeZoneIdentifier) else {
      preconditionFailure("policy \(version) of \(jurisdiction) names a time zone unknown to this machine: \(timeZoneIdentifier)")
    }
    return calendar
  }
}

/// Which part of an account pays first.
enum SpendOrder: String, Sendable, CaseIterable {
  case principalFirst = "principal_first"
  case bonusFirst = "bonus_first"
  /// As the parts stand to each other, by largest remainder, principal first among equals.
  case proportional

  /// What `amount` takes of `available`; nil when there is less.
  func split(_ amount: Int64, of available: ValueParts) -> ValueParts? {
    guard amount <= available.total else { return nil }
    switch self {
    case .principalFirst:
      let principal = min(amount, available.principal)
      return ValueParts(principal: principal, bonus: amount - principal)
    case .bonusFirst:
      let bonus = min(amount, available.bonus)
      return ValueParts(principal: amount - bonus, bonus: bonus)
    case .proportional:
      // A part is rounded up only where its share has a fraction, so never above what there is of it.
      let parts = LargestRemainder.spread(amount, over: [available.principal, available.bonus])
      return ValueParts(principal: parts[0], bonus: parts[1])
    }
  }
}
