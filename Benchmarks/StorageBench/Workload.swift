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
    ON CONFLICT(member_id) DO UPDATE SET points = balance.points + excluded.points RETURNING points
    """
  static let insertEntry = "INSERT INTO entry(member_id, delta, balance_after, kind, at) VALUES(?1, ?2, ?3, ?4, ?5)"
  static let insertResponse = "INSERT INTO idempotence(key, response) VALUES(?1, ?2)"
  static let balance = "SELECT points FROM balance WHERE member_id = ?1"
  static let response = [UInt8](repeating: UInt8(ascii: "r"), count: 40)

  /// Visited in a scattered order.
  static func member(_ number: Int, of members: Int = 50_000) -> String { "mem_\((number &* 7919) % members)" }

  /// Ordered by time, as the ids of well-behaved clients are.
  static func key(_ number: Int) -> String {
    let digits = String(number)
    return "till-17/2026-11-22/" + String(repeating: "0", count: max(0, 12 - digits.count)) + digits
  }
}
