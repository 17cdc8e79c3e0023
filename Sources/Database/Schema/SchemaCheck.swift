/// What a schema may not hold, for a test of each service:
///
///     #expect(try await SchemaCheck.check(database).isEmpty)
///
/// Every table is STRICT, so that a column holds what it says; on PostgreSQL a column has one of the three portable types, and texts compare
/// bytewise. Nothing is deferred to COMMIT, and nothing rolls back by itself: both would fail the requests of others in the same batch.
public enum SchemaCheck {
  public struct Violation: Sendable, Hashable, CustomStringConvertible {
    public enum Rule: Sendable, Hashable {
      case tableIsNotStrict
      case columnIsNotPortable
      case constraintIsDeferred
      case rollsBackTheTransaction
      case foreignKeysAreOff
    }

    public let rule: Rule
    /// The table, index, trigger or column.
    public let object: String

    public var description: String { "\(object): \(rule)" }
  }

  /// Looks at the whole schema, Database's own tables included.
  public static func check(_ database: Database) async throws -> [Violation] {
    switch database.configuration.location {
    case .sqlite: try await database.write { try violations(in: $0) }
    case .postgres: try await database.read { try serverViolations(in: $0) }
    }
  }

  private static func serverViolations(in snapshot: Snapshot) throws -> [Violation] {
    try snapshot.all(Statements.columnsNotPortable) { Violation(rule: .columnIsNotPortable, object: $0.text(0)) }
      + snapshot.all(Statements.deferrable) { Violation(rule: .constraintIsDeferred, object: $0.text(0)) }
  }

  static func violations(in connection: some Queryable) throws -> [Violation] {
    var found = try connection.all(Statements.tablesNotStrict) {
      Violation(rule: .tableIsNotStrict, object: $0.text(0))
    }
    try connection.forEach(Statements.objects) { row in
      let words = Set(SQLTokens(row.text(1)).words)
      if words.contains("DEFERRED") { found.append(Violation(rule: .constraintIsDeferred, object: row.text(0))) }
      if words.contains("ROLLBACK") { found.append(Violation(rule: .rollsBackTheTransaction, object: row.text(0))) }
    }
    let foreignKeys = try connection.first(Statements.foreignKeys) { $0.bool(0) }
    if foreignKeys != true { found.append(Violation(rule: .foreignKeysAreOff, object: "connection")) }
    return found
  }

  private enum Statements {
    static let tablesNotStrict = SQL(
      "schema-check.tables",
      """
      SELECT name FROM pragma_table_list
      WHERE schema = 'main' AND type = 'table' AND strict = 0 AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\' ORDER BY name
      """)
    static let objects = SQL(
      "schema-check.objects", "SELECT name, sql FROM sqlite_schema WHERE sql IS NOT NULL AND name NOT LIKE 'sqlite\\_%' ESCAPE '\\'")
    static let columnsNotPortable = SQL(
      "schema-check.columns",
      """
      SELECT relation.relname || '.' || attribute.attname FROM pg_attribute AS attribute
        JOIN pg_class AS relation ON relation.oid = attribute.attrelid
      WHERE relation.relnamespace = current_schema()::regnamespace AND relation.relkind = 'r' AND attribute.attnum > 0
        AND NOT attribute.attisdropped AND attribute.atttypid NOT IN ('bigint'::regtype, 'bytea'::regtype)
        AND NOT (attribute.atttypid = 'text'::regtype
          AND attribute.attcollation = (SELECT oid FROM pg_collation WHERE collname = 'C' AND collencoding = -1))
      ORDER BY 1
      """)
    static let deferrable = SQL(
      "schema-check.deferrable",
      "SELECT conname::text FROM pg_constraint WHERE connamespace = current_schema()::regnamespace AND condeferrable ORDER BY 1")
    static let foreignKeys = SQL("schema-check.foreign-keys", "SELECT foreign_keys FROM pragma_foreign_keys")
  }
}
