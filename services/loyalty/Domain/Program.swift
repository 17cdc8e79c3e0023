internal import Foundation

/// The rules in force: the earn rule and the tier scheme of the highest versions.
struct Program: Equatable, Sendable {
  var rule: EarnRule
  var scheme: TierScheme
  /// Whether a version of the rule, in force or before, lets points live on with every order.
  var hasInactivityRules: Bool
}
