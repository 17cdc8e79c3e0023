import Database
import Foundation

/// The peer that a user would pick: the same work as one transaction a request on a PostgreSQL server with the same durability, through
/// Database, whose side costs little beside the server's.
struct ThroughPostgres {
  /// What one run took.
  struct Figures: Codable {
    let client: Measurement
    /// Of all processes of the server.
    let serverCPUMicrosecondsPerOperation: Double
    let averageLatencyMilliseconds: Double
    /// Transactions that were begun again, for each that counted.
    let repeatsPerOperation: Double
  }

  /// Which rows a write contends for.
  enum Contention {
    /// 50,000 members.
    case none
    case oneMember
    /// One guarded UPDATE of one row, and the request's row.
    case oneLimit
  }

  let url: String
  let process: pid_t

  private static let locks = LockOrder([.row(of: "balance", with: ["entry"])], claims: ["idempotence"])

  /// - Parameters:
  ///   - connections: Writers, and as many callers.
  ///   - locksRows: READ COMMITTED with the member's row locked first; SERIALIZABLE otherwise.
  func write(operations: Int, connections: Int, contention: Contention, locksRows: Bool) async throws -> Figures {
    let server = DatabaseLocation(url)!
    let schema = "bench_\(UInt32.random(in: 0...(.max)))"
    var configuration = DatabaseConfiguration(try PostgresSchema.make(schema, on: server))
    defer { try? PostgresSchema.remove(schema, on: server) }
    configuration.writerCount = connections
    configuration.writeTimeLimit = .seconds(60)
    configuration.conflictRetryLimit = .max
    configuration.hasFeed = false
    let database = try Database.open(configuration, migrations: [Migration(number: 1, name: "initial", sql: Workload.schema)])
    // Every connection is open, has its statements, and the hot row is there.
    try await ThroughDatabase.spread(operations..<operations + connections * 20, over: connections) { number in
      try await ThroughDatabase.earn(Workload.member(0), Workload.key(number), number, database)
    }
    let (repeats, cpu, start) = (database.statistics.reruns, serverCPUSeconds(), ContinuousClock.now)
    let locks = locksRows ? Self.locks : nil
    let client = try await Measurement.of(operations: operations) {
      try await ThroughDatabase.spread(0..<operations, over: connections) { number in
        switch contention {
        case .none: try await ThroughDatabase.earn(Workload.member(number), Workload.key(number), number, database, locks)
        case .oneMember: try await ThroughDatabase.earn(Workload.member(0), Workload.key(number), number, database, locks)
        case .oneLimit: try await use(Workload.member(0), Workload.key(number), database, locks)
        }
      }
      return operations
    }
    let seconds = (ContinuousClock.now - start) / .seconds(1)
    let figures = Figures(
      client: client, serverCPUMicrosecondsPerOperation: (serverCPUSeconds() - cpu) / Double(operations) * 1_000_000,
      averageLatencyMilliseconds: seconds * Double(connections) / Double(operations) * 1_000,
      repeatsPerOperation: Double(database.statistics.reruns - repeats) / Double(operations))
    await database.close()
    return figures
  }

  private func use(_ member: String, _ key: String, _ database: Database, _ locks: LockOrder?) async throws {
    try await database.write(locking: locks) { transaction in
      let isNew = try !transaction.exists(ThroughDatabase.Statements.find, [.text(key)])
      let changed = try transaction.run(ThroughDatabase.Statements.use, [.text(member)])
      precondition(isNew && changed == 1)
      try transaction.run(ThroughDatabase.Statements.insertResponse, [.text(key), .blob(Workload.response)])
    }
  }

  // MARK: The server's processes

  /// Of the server and of all that it has started, also of those that have ended.
  private func serverCPUSeconds() -> Double {
    let processes = (try? FileManager.default.contentsOfDirectory(atPath: "/proc")) ?? []
    let ticks = processes.compactMap(pid_t.init).reduce(0) { sum, process in
      // After the name in brackets: state, parent, …; the 12th to the 15th are the times of the process and of its children that have ended.
      guard let text = try? String(contentsOfFile: "/proc/\(process)/stat", encoding: .utf8), let end = text.lastIndex(of: ")") else {
        return sum
      }
      let fields = text[end...].split(separator: " ").dropFirst().map { Int($0) ?? 0 }
      if process == self.process { return sum + fields[11...14].reduce(0, +) }
      return fields[1] == Int(self.process) ? sum + fields[11...12].reduce(0, +) : sum
    }
    return Double(ticks) / Double(sysconf(Int32(_SC_CLK_TCK)))
  }
}
