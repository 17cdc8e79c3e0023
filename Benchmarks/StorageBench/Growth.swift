import CSQLite

/// What an operation costs as the ledger grows: one in twenty entries has a member of its own, a tenth of them are active, and keys come in
/// the order of time.
enum Growth {
  struct Point: Codable {
    let entries: Int
    let measurement: Measurement
    /// To the smallest ledger's.
    let cpuToTheFirst: Double
  }

  private static let firstEntries = 100_000
  private static let measured = 20_000
  private static let entriesPerMember = 20

  static func curve(path: String, upTo entriesAtMost: Int) async throws -> [Point] {
    try await ThroughDatabase.make(path)
    var points: [Point] = []
    var (entries, size) = (0, firstEntries)
    while size <= entriesAtMost {
      fill(path, entries..<size)
      let active = size / entriesPerMember / 10
      let measurement = try await ThroughDatabase.write(path: path, operations: size..<size + measured, callers: 256, members: active)
      let first = points.first?.measurement ?? measurement
      points.append(
        Point(
          entries: size, measurement: measurement,
          cpuToTheFirst: measurement.cpuMicrosecondsPerOperation / first.cpuMicrosecondsPerOperation))
      entries = size + measured
      size *= 10
    }
    return points
  }

  /// Entries by SQL alone: nobody measures it.
  private static func fill(_ path: String, _ entries: Range<Int>) {
    let connection = BareConnection(path)
    let members = entries.upperBound / entriesPerMember
    for start in stride(from: entries.lowerBound, to: entries.upperBound, by: 100_000) {
      let end = min(start + 100_000, entries.upperBound)
      connection.execute(
        """
        BEGIN;
        CREATE TEMP TABLE IF NOT EXISTS number(n INTEGER PRIMARY KEY);
        DELETE FROM number;
        WITH RECURSIVE counted(n) AS (SELECT \(start) UNION ALL SELECT n + 1 FROM counted WHERE n + 1 < \(end))
        INSERT INTO number SELECT n FROM counted;
        INSERT INTO balance SELECT 'mem_' || (n * 7919 % \(members)), 10 FROM number WHERE true
        ON CONFLICT DO UPDATE SET points = points + 10;
        INSERT INTO entry(member_id, delta, balance_after, kind, at) SELECT 'mem_' || (n * 7919 % \(members)), 10, 10, 'earn', n FROM number;
        INSERT INTO idempotence SELECT 'till-17/2026-11-22/' || printf('%012d', n), zeroblob(40) FROM number;
        COMMIT;
        """)
    }
    connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
  }
}
