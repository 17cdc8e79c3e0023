internal import Foundation

/// The rules in force: the earn rule and the tier scheme of the highest versions.
struct Program: Equatable, Sendable {
  var rule: EarnRule
  var scheme: TierScheme
  /// Whether a version of the rule, in force or before, lets points live on with every order.
  var hasInactivityRules: Bool

  /// From when on growth value counts for the tier. Months are counted in the rule's zone: the programme has one.
  func windowStart(at instant: Date) -> Date {
    rule.calendar.windowStart(at: instant, months: scheme.windowMonths)
  }
}
