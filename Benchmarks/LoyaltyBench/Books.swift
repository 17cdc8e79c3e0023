import CSQLite
import Foundation

/// The books of a large membership, written by SQL into the file of a service that does not run: members, two committed orders each, lots. Of
/// ledger lines there are those that the measured calls write.
struct Books {
  /// When the service's clock stands still.
  static let now = Date(timeIntervalSince1970: 1_780_000_000)

  let members: Int
  let lots: Int

  private static let rowsOfATransaction = 200_000
  private static let pointsOfALot = 100
  private static let day = 86_400_000_000

  func write(to path: String) {
    let connection = BareFile(path)
    let now = Int(Self.now.timeIntervalSince1970) * 1_000_000
    let lotsOfAMember = (lots + members - 1) / members
    connection.run("PRAGMA synchronous = OFF")
    fill(members, connection) { first, last in
      """
      \(numbers(first, last)) INSERT INTO member_account (member_id, points, announced_tier_code)
      SELECT \(Self.memberID("n")), \(lotsOfAMember * Self.pointsOfALot), 'member' FROM number
      """
    }
    fill(members * lotsOfAMember, connection) { first, last in
      """
      \(numbers(first, last)) INSERT INTO lot (lot_id, member_id, source, order_id, rule_version, earned_at, activates_at, expires_at, points,
        remaining)
      SELECT printf('lot_%010d', n), \(Self.memberID("n % \(members)")), 'adjustment', '', 1, \(now) - 300 * \(Self.day),
        \(now) - 300 * \(Self.day), \(now) + \(Self.day) + (n % 28) * \(Self.day), \(Self.pointsOfALot), \(Self.pointsOfALot)
      FROM number
      """
    }
    // Of a year and a half, so that a third has left a window of twelve months.
    fill(members * 2, connection) { first, last in
      """
      \(numbers(first, last)) INSERT INTO order_hold (order_id, state, member_id, store_id, currency_code, rule_version, earn_points,
        growth_value, created_at, resolved_at)
      SELECT printf('old_%010d', n), 'committed', \(Self.memberID("n % \(members)")), printf('sto_%d', n % 50), 'USD', 1, n % 600,
        (n % 600) * 100, \(now) - (n % 540) * \(Self.day), \(now) - (n % 540) * \(Self.day)
      FROM number
      """
    }
    connection.close()
  }

  /// The floor of a simulation of tiers: the sums of all members' orders, twice, by one statement each.
  func sumOrders(in path: String) async -> Measurement {
    let start = Int((Self.now.timeIntervalSince1970 - 365 * 86_400) * 1_000_000)
    return await Measurement.of(1, callers: 1) { _ in
      let connection = BareFile(path)
      for _ in 0..<2 {
        connection.run(
          """
          SELECT count(*) FROM (
            SELECT member_id, sum(growth_value - growth_taken_back) AS growth, sum(1 - returned) AS visits,
              sum(earn_points - points_taken_back) AS points
            FROM order_hold WHERE state = 'committed' AND resolved_at >= \(start) GROUP BY member_id
          ) WHERE growth >= 0 AND visits >= 0 AND points >= 0
          """)
      }
      connection.close()
    }
  }

  static func memberID(_ number: String) -> String { "printf('mem_%08d', \(number))" }

  private func fill(_ count: Int, _ connection: BareFile, _ statement: (_ first: Int, _ last: Int) -> String) {
    for first in stride(from: 0, to: count, by: Self.rowsOfATransaction) {
      connection.run(statement(first, min(first + Self.rowsOfATransaction, count) - 1))
    }
  }

  private func numbers(_ first: Int, _ last: Int) -> String {
    "WITH RECURSIVE number (n) AS (SELECT \(first) UNION ALL SELECT n + 1 FROM number WHERE n < \(last))"
  }
}

/// An SQLite file through the C API; what goes wrong stops the benchmark.
final class BareFile {
  private var connection: OpaquePointer?

  init(_ path: String) {
    precondition(sqlite3_open_v2(path, &connection, SQLITE_OPEN_READWRITE, nil) == SQLITE_OK, "\(path) does not open")
  }

  func run(_ sql: String) {
    let code = sqlite3_exec(connection, sql, nil, nil, nil)
    precondition(code == SQLITE_OK, String(cString: sqlite3_errmsg(connection)))
  }

  func close() {
    sqlite3_close_v2(connection)
    connection = nil
  }
}
