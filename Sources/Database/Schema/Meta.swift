/// What the database itself knows, from the table `database_meta`.
struct Meta {
  static let epochKey = "epoch"
  static let bodyHashKey = "body-hash-key"

  let epoch: [UInt8]
  let bodyHashKey: [UInt8]

  /// Reads it, making on the first start what is missing.
  init(_ connection: EngineConnection) throws {
    epoch = try Meta.value(Meta.epochKey, connection, byteCount: 16)
    bodyHashKey = try Meta.value(Meta.bodyHashKey, connection, byteCount: 32)
  }

  /// A database that was restored is another one to those who follow its feed: positions may be given a second time.
  static func renewEpoch(_ connection: EngineConnection) throws {
    try replace(epochKey, randomBytes(16), connection)
  }

  static func replace(_ key: String, _ value: [UInt8], _ connection: EngineConnection) throws {
    try connection.execute(Statements.replace, [.text(key), .blob(value)]) { _ in true }
  }

  static func find(_ key: String, _ connection: EngineConnection) throws -> [UInt8]? {
    var value: [UInt8]?
    try connection.execute(Statements.read, [.text(key)]) {
      value = $0.blob(0)
      return false
    }
    return value
  }

  private static func value(_ key: String, _ connection: EngineConnection, byteCount: Int) throws -> [UInt8] {
    try connection.execute(Statements.insert, [.text(key), .blob(randomBytes(byteCount))]) { _ in true }
    return try find(key, connection) ?? []
  }

  private static func randomBytes(_ count: Int) -> [UInt8] {
    var generator = SystemRandomNumberGenerator()
    return (0..<count).map { _ in UInt8.random(in: .min ... .max, using: &generator) }
  }

  private enum Statements {
    static let insert = SQL("database.insert-meta", "INSERT INTO database_meta(key, value) VALUES(?1, ?2) ON CONFLICT DO NOTHING")
    static let replace = SQL(
      "database.replace-meta",
      "INSERT INTO database_meta(key, value) VALUES(?1, ?2) ON CONFLICT (key) DO UPDATE SET value = excluded.value")
    static let read = SQL("database.read-meta", "SELECT value FROM database_meta WHERE key = ?1")
  }
}
