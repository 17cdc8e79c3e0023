/// The saga's transactions by name. Each has two fault points, where a test may kill the process: with everything written and
/// nothing committed, and with everything committed and nobody told.
enum SagaStep: String, CaseIterable {
  case createOrder = "create-order"
  case recordHold = "record-hold"
  case decideOrder = "decide-order"
  case completeOrder = "complete-order"
  case cancelOrder = "cancel-order"
  case extendOrder = "extend-order"
  case createReturn = "create-return"
  case completeReturn = "complete-return"

  var beforeCommit: String { "inventory.\(rawValue).before-commit" }
  var afterCommit: String { "inventory.\(rawValue).after-commit" }

  static var faultPoints: [String] { allCases.flatMap { [$0.beforeCommit, $0.afterCommit] } }
}
