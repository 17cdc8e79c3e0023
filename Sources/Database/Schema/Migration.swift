import Crypto

/// One numbered step of a service's schema. Steps go forward only, are applied in order, each in a transaction, and are never edited
/// once released: the checksum of each is kept in the database and compared at every start.
public struct Migration: Sendable {
  /// 1, 2, 3, … without a gap.
  public let number: Int
  public let name: String
  let text: String
  let checksum: [UInt8]

  public init(number: Int, name: String, sql: String) {
    self.number = number
    self.name = name
    self.text = sql
    self.checksum = Array(SHA256.hash(data: Array(sql.utf8)))
  }

  /// From an embedded resource: `Migration(number: 1, name: "initial", sql: PackageResources._0001_initial_sql)`.
  public init(number: Int, name: String, sql: [UInt8]) {
    self.init(number: number, name: name, sql: String(decoding: sql, as: UTF8.self))
  }
}
