/// The statements and arguments of one run of a write closure. Two runs from the same state leave the same trace, unless the closure
/// took the time, an id or anything else from outside.
struct WriteTrace {
  private struct Step: Equatable {
    let sql: String
    let arguments: [SQLValue]
  }

  private var steps: [Step] = []

  mutating func append(_ sql: SQL, _ arguments: [SQLValue]) {
    steps.append(Step(sql: sql.name, arguments: arguments))
  }

  /// Refuses a request whose two runs differed: in a statement, in its arguments, or in their result.
  static func compare(
    _ rehearsal: Transaction, _ transaction: Transaction, answersAlike: Bool, of request: PendingRequest<Transaction>
  ) {
    guard let first = rehearsal.trace, let second = transaction.trace else { return }
    if let sql = first.firstDifference(from: second) {
      request.refuse(DatabaseError.closureNotRepeatable(sql: sql))
    } else if !answersAlike {
      request.refuse(DatabaseError.closureNotRepeatable(sql: "its result"))
    }
  }

  /// The name of the first statement where the other run differs; nil when both did the same.
  func firstDifference(from other: WriteTrace) -> String? {
    if let index = zip(steps, other.steps).enumerated().first(where: { $0.element.0 != $0.element.1 })?.offset {
      return steps[index].sql
    }
    if steps.count == other.steps.count { return nil }
    return (steps.count > other.steps.count ? steps[other.steps.count] : other.steps[steps.count]).sql
  }
}
