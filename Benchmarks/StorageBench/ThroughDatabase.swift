import Database
import Foundation

/// The same SQL through Database, from one caller at a time or from many.
enum ThroughDatabase {
  /// - Parameters:
  ///   - operations: the numbers of those that are done; each is done once for ever.
  ///   - disk: the name of a SQLite VFS; nil for the real one.
  ///   - archive: the folder that the log is shipped to; nil for none.
  static func write(
    path: String, operations: Range<Int>, callers: Int, members: Int = 50_000, disk: String? = nil, archive: String? = nil
  ) async throws -> Measurement {
    let database = try open(path, disk, archive)
    var measurement = try await Measurement.of(operations: operations.count) {
      try await spread(operations, over: callers) { number in
        try await earn(Workload.member(number, of: members), Workload.key(number), number, database)
      }
      if archive != nil { try await database.ship() }
      return database.statistics.commits
    }
    await database.close()
    if let archive { measurement.shippedBytesPerOperation = Double(try pieceBytes(archive)) / Double(operations.count) }
    return measurement
  }

  static func read(path: String, operations: Int, callers: Int) async throws -> Measurement {
    let database = try open(path, nil)
    let measurement = try await Measurement.of(operations: operations) {
      try await spread(0..<operations, over: callers) { number in
        let member = Workload.member(number)
        let points = try await database.read { try $0.first(Statements.balance, [.text(member)]) { $0.int64(0) } }
        precondition(points.map { $0 > 0 } == true)
      }
      return 0
    }
    await database.close()
    return measurement
  }

  /// Makes the file with its tables.
  static func make(_ path: String) async throws { try await open(path, nil).close() }

  /// Of everything that was shipped, without the copies of the whole.
  private static func pieceBytes(_ archive: String) throws -> Int {
    let files = FileManager.default.enumerator(atPath: archive)
    var bytes = 0
    while let name = files?.nextObject() as? String {
      if name.hasSuffix(".piece") { bytes += files?.fileAttributes?[.size] as? Int ?? 0 }
    }
    return bytes
  }

  private static func open(_ path: String, _ disk: String?, _ archive: String? = nil) throws -> Database {
    var configuration = DatabaseConfiguration(path: path)
    configuration.archive = archive.map { ArchiveConfiguration(folder: $0) }
    configuration.virtualFileSystem = disk
    return try Database.open(configuration, migrations: [Migration(number: 1, name: "initial", sql: Workload.schema)])
  }

  static func spread(_ numbers: Range<Int>, over callers: Int, _ work: @escaping @Sendable (Int) async throws -> Void) async throws {
    try await withThrowingTaskGroup(of: Void.self) { group in
      for caller in 0..<callers {
        group.addTask {
          for number in stride(from: numbers.lowerBound + caller, to: numbers.upperBound, by: callers) { try await work(number) }
        }
      }
      try await group.waitForAll()
    }
  }

  static func earn(_ member: String, _ key: String, _ number: Int, _ database: Database, _ locks: LockOrder? = nil) async throws {
    try await database.write(locking: locks) { transaction in
      let earlier = try transaction.first(Statements.find, [.text(key)]) { $0.blob(0) }
      precondition(earlier == nil)
      let balance = try transaction.first(Statements.upsert, [.text(member), 10]) { $0.int64(0) } ?? 0
      try transaction.run(Statements.insertEntry, [.text(member), 10, .integer(balance), "earn", .integer(number)])
      try transaction.run(Statements.insertResponse, [.text(key), .blob(Workload.response)])
    }
  }

  enum Statements {
    static let find = SQL("bench.find", Workload.find)
    static let upsert = SQL("bench.upsert", Workload.upsert)
    static let insertEntry = SQL("bench.insert-entry", Workload.insertEntry)
    static let insertResponse = SQL("bench.insert-response", Workload.insertResponse)
    static let use = SQL("bench.use", "UPDATE balance SET points = points + 1 WHERE member_id = ?1 AND points + 1 <= 1000000000")
    static let balance = SQL("bench.balance", Workload.balance)
  }
}
