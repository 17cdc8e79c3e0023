/// How many points one person may give or take by hand alone. 0 is no limit.
struct AdjustmentPolicy: Equatable, Sendable {
  /// Why a second person must approve.
  enum Reason: String, Sendable, CaseIterable {
    case adjustment
    case staffDay = "staff_day"
    case ownAccount = "own_account"
  }

  static let defaultRequestHours = 72

  var approvalAbove: Int64 = 0
  /// Never more, whoever approves.
  var maximum: Int64 = 0
  var staffDaily: Int64 = 0
  /// How long a request waits for its second person.
  var requestHours = defaultRequestHours

  func checkMaximum(_ points: Int64) throws(PointsRefusal) {
    guard maximum == 0 || points <= maximum else { throw .adjustmentTooLarge(most: maximum) }
  }

  func needsSecondPerson(_ points: Int64) -> Bool { approvalAbove > 0 && points > approvalAbove }
}
