/// The saga's transactions by name. Each has two fault points, where a test may kill the process: with everything written and
/// nothing committed, and with everything committed and nobody told.
enum SagaStep: String, CaseIterable {
  case hold
  case commit
  case cancel
  case reverse

  var beforeCommit: String { "campaign.\(rawValue).before-commit" }
  var afterCommit: String { "campaign.\(rawValue).after-commit" }

  static var faultPoints: [String] { allCases.flatMap { [$0.beforeCommit, $0.afterCommit] } }
}
