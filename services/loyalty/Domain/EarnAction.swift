/// What a member may do that earns points without an order.
enum EarnAction: String, Sendable, CaseIterable {
  case enrol
  case profileCompleted = "profile_completed"
  case review
  case referral
  case checkIn = "check_in"
  case survey
}

/// What an action earns, and how often a member may earn by it.
struct EarnActionRule: Equatable, Sendable {
  /// How often a member did it.
  struct Count: Equatable, Sendable {
    var today: Int64
    var thisMonth: Int64
    var ever: Int64
  }

  var action: EarnAction
  var points: Int64
  /// Nil is any number of times.
  var dayLimit: Int64?
  var monthLimit: Int64?
  /// 1 is once ever.
  var memberLimit: Int64?

  func allowsAnother(after count: Count) -> Bool {
    count.today < dayLimit ?? .max && count.thisMonth < monthLimit ?? .max && count.ever < memberLimit ?? .max
  }
}

/// What a version of the earn rule says beside its rate.
struct EarnTerms: Equatable, Sendable {
  var clauses: [EarnClause] = []
  /// Each action at most once.
  var actions: [EarnActionRule] = []
}
