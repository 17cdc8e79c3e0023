import Foundation

/// One earn, as a service posts it: the dedupe look-up, the balance upsert, the ledger entry, and the request's row.
enum Workload {
  static let schema = """
    CREATE TABLE balance(member_id TEXT PRIMARY KEY, points INTEGER NOT NULL) STRICT, WITHOUT ROWID;
    CREATE TABLE entry(
      id INTEGER PRIMARY KEY, member_id TEXT NOT NULL, delta INTEGER NOT NULL, balance_after INTEGER NOT NULL, kind TEXT NOT NULL,
      at INTEGER NOT NULL) STRICT;
    CREATE INDEX entry_member ON entry(member_id, id);
    CREATE TABLE idempotence(key TEXT PRIMARY KEY, response BLOB NOT NULL) STRICT, WITHOUT ROWID;
    """
  static let find = "SELECT response FROM idempotence WHERE key = ?1"
  static let upsert = """
    INSERT INTO balance(member_id, points) VALUES(?1, ?2)
    ON CONFLICT(member_id) DO UPDATE SET points = points + excluded.points RETURNING points
    """
  static let insertEntry = "INSERT INTO entry(member_id, delta, balance_after, kind, at) VALUES(?1, ?2, ?3, ?4, ?5)"
  static let insertResponse = "INSERT INTO idempotence(key, response) VALUES(?1, ?2)"
  static let response = [UInt8](repeating: UInt8(ascii: "r"), count: 40)

  /// Fifty thousand members, visited in a scattered order.
  static func member(_ number: Int) -> String { "mem_\((number &* 7919) % 50_000)" }
  static func key(_ number: Int) -> String { "key-\(number)" }
}

/// What one run took.
struct Measurement: Codable {
  let operationsPerSecond: Double
  let cpuMicrosecondsPerOperation: Double
  let averageBatch: Double

  /// Measures `work`, which makes `operations` operations durable and returns in how many commits.
  static func of(operations: Int, _ work: () async throws -> Int) async rethrows -> Measurement {
    let start = (clock(CLOCK_MONOTONIC), clock(CLOCK_PROCESS_CPUTIME_ID))
    let commits = try await work()
    let (wall, cpu) = (clock(CLOCK_MONOTONIC) - start.0, clock(CLOCK_PROCESS_CPUTIME_ID) - start.1)
    return Measurement(
      operationsPerSecond: Double(operations) / wall, cpuMicrosecondsPerOperation: cpu / Double(operations) * 1_000_000,
      averageBatch: Double(operations) / Double(max(1, commits)))
  }

  private static func clock(_ identifier: clockid_t) -> Double {
    var time = timespec()
    clock_gettime(identifier, &time)
    return Double(time.tv_sec) + Double(time.tv_nsec) / 1_000_000_000
  }
}
