import Database

/// The same SQL by `Database.write`, from one caller at a time or from many.
enum ThroughDatabase {
  static func run(path: String, operations: Int, callers: Int) async throws -> Measurement {
    let database = try Database.open(
      DatabaseConfiguration(path: path), migrations: [Migration(number: 1, name: "initial", sql: Workload.schema)])
    let measurement = try await Measurement.of(operations: operations) {
      try await withThrowingTaskGroup(of: Void.self) { group in
        for caller in 0..<callers {
          group.addTask {
            for number in stride(from: caller, to: operations, by: callers) { try await earn(number, database) }
          }
        }
        try await group.waitForAll()
      }
      return database.statistics.commits
    }
    await database.close()
    return measurement
  }

  @discardableResult
  private static func earn(_ number: Int, _ database: Database) async throws -> Int64 {
    let (member, key) = (Workload.member(number), Workload.key(number))
    return try await database.write { transaction in
      let earlier = try transaction.first(Statements.find, [.text(key)]) { $0.blob(0) }
      precondition(earlier == nil)
      let balance = try transaction.first(Statements.upsert, [.text(member), 10]) { $0.int64(0) } ?? 0
      try transaction.run(
        Statements.insertEntry, [.text(member), 10, .integer(balance), "earn", .integer(number)])
      try transaction.run(Statements.insertResponse, [.text(key), .blob(Workload.response)])
      return balance
    }
  }

  private enum Statements {
    static let find = SQL("bench.find", Workload.find)
    static let upsert = SQL("bench.upsert", Workload.upsert)
    static let insertEntry = SQL("bench.insert-entry", Workload.insertEntry)
    static let insertResponse = SQL("bench.insert-response", Workload.insertResponse)
  }
}
