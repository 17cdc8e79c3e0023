/// The row that says who publishes, and what its holder does.
enum PublisherLease {
  struct Sight {
    var token: Int64
    var lastPosition: Int64
    /// The server's clock has passed the lease.
    var isOver: Bool
    /// Less than half of it is left.
    var isHalfOver: Bool
    var hasUnpublished: Bool
  }

  static func look(for length: Duration, on connection: PostgresConnection) throws -> Sight {
    var sight: Sight?
    try connection.execute(lookSQL, [.integer(length.milliseconds / 2), .integer(length.milliseconds)]) { row in
      sight = Sight(
        token: row.int64(0), lastPosition: row.int64(1), isOver: row.bool(2), isHalfOver: row.bool(3), hasUnpublished: row.bool(4))
      return false
    }
    guard let sight else { throw DatabaseError.corrupt(sql: lookSQL.name) }
    return sight
  }

  /// Takes a lease that is over; its token, or nil when another was faster.
  static func take(by holder: String, for length: Duration, on connection: PostgresConnection) throws -> Int64? {
    var token: Int64?
    try connection.execute(takeSQL, [.text(holder), .integer(length.milliseconds)]) { row in
      token = row.int64(0)
      return false
    }
    return token
  }

  static func release(_ token: Int64, on connection: PostgresConnection) throws {
    connection.limitTime(until: .now + .seconds(1))
    try connection.execute(releaseSQL, [.integer(token)]) { _ in true }
  }

  /// Numbers what is committed and has no number yet, a batch of it, and prolongs the lease; nil when the lease is another's.
  static func publish(
    _ token: Int64, for length: Duration, on connection: PostgresConnection
  ) throws -> (lastPosition: Int64, count: Int)? {
    // Three statements in READ COMMITTED: the second sees everything that was committed before the row was locked.
    try connection.control("BEGIN")
    var lastPosition: Int64?
    try connection.execute(lockSQL, [.integer(token)]) { row in
      lastPosition = row.int64(0)
      return false
    }
    guard let before = lastPosition else {
      try connection.control("ROLLBACK")
      return nil
    }
    try connection.execute(numberSQL, [.integer(before), .integer(PostgresPublisher.batchLimit)]) { _ in true }
    let count = connection.changes
    try connection.execute(advanceSQL, [.integer(token), .integer(count), .integer(length.milliseconds)]) { _ in true }
    try connection.control("COMMIT")
    return (before + Int64(count), count)
  }

  private static let clock = "(extract(epoch FROM clock_timestamp()) * 1000)::bigint"

  /// Also one that ends later than any that was given by this clock: the clock was set back. ?2 is a lease's length.
  private static let isOver = "expire_time <= \(clock) OR expire_time > \(clock) + ?2"

  private static let lookSQL = SQL(
    "database.look-at-publisher",
    """
    SELECT token, last_position, \(isOver), expire_time - \(clock) < ?1,
      EXISTS (SELECT 1 FROM database_outbox WHERE position IS NULL)
    FROM database_publisher WHERE feed = 'outbox'
    """)
  private static let takeSQL = SQL(
    "database.take-publisher-lease",
    """
    UPDATE database_publisher SET holder = ?1, token = token + 1, expire_time = \(clock) + ?2
    WHERE feed = 'outbox' AND (\(isOver)) RETURNING token
    """)
  private static let releaseSQL = SQL(
    "database.release-publisher-lease", "UPDATE database_publisher SET expire_time = 0 WHERE feed = 'outbox' AND token = ?1")
  private static let lockSQL = SQL(
    "database.lock-publisher", "SELECT last_position FROM database_publisher WHERE feed = 'outbox' AND token = ?1 FOR UPDATE")
  private static let numberSQL = SQL(
    "database.publish-events",
    """
    WITH next AS (
      SELECT entry, row_number() OVER (ORDER BY entry) AS number FROM database_outbox WHERE position IS NULL ORDER BY entry LIMIT ?2)
    UPDATE database_outbox SET position = ?1 + next.number FROM next WHERE database_outbox.entry = next.entry
    """)
  private static let advanceSQL = SQL(
    "database.advance-publisher",
    """
    UPDATE database_publisher SET last_position = last_position + ?2, expire_time = \(clock) + ?3
    WHERE feed = 'outbox' AND token = ?1
    """)
}
