internal import Foundation

/// How points are earned and what they are worth. One version, never changed once published; every lot and entry names the
/// version that made it, and a return is computed from what is recorded, never from the rule of the day.
struct EarnRule: Equatable, Sendable {
  /// Spent points whose lot expired before a return gave them back live this many days more, in a grace lot of their own.
  static let graceDays = 30

  var version: Int64
  var currencyCode: String
  /// Points for each whole currency unit of net spend, as a rational.
  var pointsNumerator: Int64
  var pointsDenominator: Int64
  var expiry: ExpiryRule
  var timeZoneIdentifier: String
  var activateAfterDays: Int
  var minorUnitsPerPoint: Int64
  var publishedAt: Date
  var caps = EarnCaps()
  /// How many clauses the version has, so that one without asks for none.
  var clauseCount = 0

  /// The points of a whole order without clauses or caps, floored once. Never negative.
  func points(forNetSpend minorUnits: Int64) -> Int64 {
    let scale = Int128(pointsDenominator) * Int128(CurrencyExponent.minorUnitsPerUnit(of: currencyCode))
    return Int64(Int128(max(0, minorUnits)) * Int128(pointsNumerator) / scale)
  }

  /// What `points` pay, in minor units; nil where no such amount exists.
  func minorUnits(paidBy points: Int64) -> Int64? {
    let (amount, overflow) = points.multipliedReportingOverflow(by: minorUnitsPerPoint)
    return overflow ? nil : amount
  }

  /// The first instant at which points that are earned at `instant` are gone, if nothing makes them live longer.
  func expiry(of instant: Date) -> Date { calendar.expiry(of: instant, by: expiry) }

  /// The rule's calendar.
  ///
  /// - Precondition: the zone exists, which publishing checked on the machine that published. A machine whose zone data lacks it
  ///   cannot tell when anything expires, so `LoyaltyApp` checks every published rule at start.
  var calendar: ProgramCalendar {
    guard let calendar = ProgramCalendar(timeZoneIdentifier: timeZoneIdentifier) else {
      preconditionFailure("earn rule \(version) names a time zone unknown to this machine: \(timeZoneIdentifier)")
    }
    return calendar
  }
}
