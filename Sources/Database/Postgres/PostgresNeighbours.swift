extension DatabaseConfiguration {
  /// Whether both name one database of one server, whatever their URLs say: one connection leaves a mark there that the other looks for. Blocks
  /// the calling thread meanwhile. Throws `DatabaseError`.
  package static func nameOneServerDatabase(_ one: DatabaseConfiguration, _ other: DatabaseConfiguration) throws -> Bool {
    let mark = Int64.random(in: 1...(1 << 62))
    let marking = try PostgresConnection(one, role: .maintenance)
    let looking = try PostgresConnection(other, role: .maintenance)
    try marking.control("SELECT pg_advisory_lock(\(mark))")
    var isThere = false
    try looking.execute(lookForMark, [.integer(mark)]) {
      isThere = $0.bool(0)
      return false
    }
    return isThere
  }

  /// A lock of one bigint shows as its halves.
  private static let lookForMark = SQL(
    "database.look-for-mark",
    """
    SELECT EXISTS (
      SELECT 1 FROM pg_locks WHERE locktype = 'advisory' AND granted AND (classid::bigint << 32) + objid::bigint = ?1
        AND database = (SELECT oid FROM pg_database WHERE datname = current_database()))
    """)
}
