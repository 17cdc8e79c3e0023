/// Where a test may kill this process: before and after the transaction of each of the saga's commands.
enum LoyaltyFaultPoints {
  static let beforeHold = "loyalty.hold.before-commit"
  static let afterHold = "loyalty.hold.after-commit"
  static let beforeCommit = "loyalty.commit.before-commit"
  static let afterCommit = "loyalty.commit.after-commit"
  static let beforeCancel = "loyalty.cancel.before-commit"
  static let afterCancel = "loyalty.cancel.after-commit"
  static let beforeReverse = "loyalty.reverse.before-commit"
  static let afterReverse = "loyalty.reverse.after-commit"

  static let all = [beforeHold, afterHold, beforeCommit, afterCommit, beforeCancel, afterCancel, beforeReverse, afterReverse]
}
