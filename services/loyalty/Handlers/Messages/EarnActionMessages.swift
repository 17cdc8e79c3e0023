internal import PatronAPI
internal import ServiceKit

extension LoyaltyV1.EarnAction {
  init(_ action: EarnAction) {
    self =
      switch action {
      case .enrol: .enrol
      case .profileCompleted: .profileCompleted
      case .review: .review
      case .referral: .referral
      case .checkIn: .checkIn
      case .survey: .survey
      }
  }
}

extension EarnAction {
  /// Nil for one that this version does not know.
  init?(_ message: LoyaltyV1.EarnAction) {
    switch message {
    case .enrol: self = .enrol
    case .profileCompleted: self = .profileCompleted
    case .review: self = .review
    case .referral: self = .referral
    case .checkIn: self = .checkIn
    case .survey: self = .survey
    case .unspecified, .unrecognized: return nil
    }
  }
}

extension LoyaltyV1.EarnActionRule {
  init(_ rule: EarnActionRule) {
    self.init(
      action: LoyaltyV1.EarnAction(rule.action), points: rule.points, dayLimit: Int32(rule.dayLimit ?? 0),
      monthLimit: Int32(rule.monthLimit ?? 0), memberLimit: Int32(rule.memberLimit ?? 0))
  }
}

extension EarnActionRule {
  /// Those of a rule to publish.
  static func read(_ messages: [LoyaltyV1.EarnActionRule], _ errors: inout FieldErrors) -> [EarnActionRule] {
    errors.require(Set(messages.map(\.action.rawValue)).count == messages.count, "rule.actions", "each action at most once")
    guard errors.require(messages.count <= EarnAction.allCases.count, "rule.actions", "each action at most once") else { return [] }
    return messages.enumerated().compactMap { index, message in
      let field = "rule.actions[\(index)]"
      let most = LoyaltyLimits.maximumBonusPoints
      errors.require((1...most).contains(message.points), "\(field).points", "must be 1 to \(most)")
      func limit(_ times: Int32, _ name: String) -> Int64? {
        errors.require(times >= 0, "\(field).\(name)", "must be 0 (any number of times) or more")
        return times > 0 ? Int64(times) : nil
      }
      let limits = (
        limit(message.dayLimit, "day_limit"), limit(message.monthLimit, "month_limit"), limit(message.memberLimit, "member_limit")
      )
      guard let action = EarnAction(message.action) else {
        errors.add("\(field).action", "must be a known action")
        return nil
      }
      return EarnActionRule(action: action, points: message.points, dayLimit: limits.0, monthLimit: limits.1, memberLimit: limits.2)
    }
  }
}
