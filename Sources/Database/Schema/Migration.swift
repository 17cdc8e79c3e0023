import Crypto

/// One numbered step of a service's schema. Steps go forward only, are applied in order, each in a transaction, and are never edited
/// once released: the checksum of each is kept in the database and compared at every start.
public struct Migration: Sendable {
  /// 1, 2, 3, … without a gap.
  public let number: Int
  public let name: String
  let text: String
  /// What PostgreSQL runs instead; nil where `MigrationTranslator` makes it of `text`.
  let postgresText: String?
  let checksum: [UInt8]
  /// What a PostgreSQL database keeps: of the text that it ran, or that was translated for it.
  let postgresChecksum: [UInt8]

  /// - Parameter postgres: The step in PostgreSQL's own words, where SQLite's cannot be translated.
  public init(number: Int, name: String, sql: String, postgres: String? = nil) {
    self.number = number
    self.name = name
    self.text = sql
    self.postgresText = postgres
    self.checksum = Array(SHA256.hash(data: Array(sql.utf8)))
    self.postgresChecksum = postgres.map { Array(SHA256.hash(data: Array($0.utf8))) } ?? checksum
  }

  /// From an embedded resource: `Migration(number: 1, name: "initial", sql: PackageResources._0001_initial_sql)`.
  public init(number: Int, name: String, sql: [UInt8]) {
    self.init(number: number, name: name, sql: String(decoding: sql, as: UTF8.self))
  }
}
