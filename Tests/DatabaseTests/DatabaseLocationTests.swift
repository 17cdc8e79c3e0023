import Testing

@testable import Database

@Suite struct DatabaseLocationTests {
  @Test(arguments: [
    ("./data/loyalty.sqlite", "./data/loyalty.sqlite"), ("postgres:", "postgres:"),
    ("postgres://till:secret@db.example:5433/loyalty?sslmode=require", "postgres://till@db.example:5433/loyalty?sslmode=require"),
    ("postgresql:///loyalty?host=/run/postgresql&user=till&password=secret", "postgresql:///loyalty?host=/run/postgresql&user=till"),
    ("postgres://till:pa?ss@one/loyalty", "postgres://till@one/loyalty"),
    ("postgres://till:p%40ss@one,two:5433/loyalty?sslpassword=secret", "postgres://till@one,two:5433/loyalty"),
  ])
  func `a location is shown without its password`(text: String, shown: String) {
    #expect(DatabaseLocation(text)?.description == shown)
  }

  @Test(arguments: ["postgres://db.example/%zz", "postgres://db.example/x?colour=red", "postgres://[::1/x"])
  func `a URL that libpq does not read is none`(text: String) {
    #expect(DatabaseLocation(text) == nil)
  }

  private static let sums: [([Int16], Int64?)] = [
    ([0, 0, 0, 0], 0), ([1, 0, 0, 0, 7], 7), ([1, 0, 0x4000, 0, 7], -7), ([1, 1, 0, 0, 3], 30_000),
    ([5, 4, 0, 0, 922, 3372, 368, 5477, 5807], .max), ([5, 4, 0x4000, 0, 922, 3372, 368, 5477, 5808], .min),
    ([5, 4, 0, 0, 922, 3372, 368, 5477, 5808], nil), ([1, -1, 0, 1, 5000], nil), ([2, 0, 0, 1, 1, 5000], nil),
    ([0, 0, Int16(bitPattern: 0xC000), 0], nil), ([1, 5, 0, 0, 1], nil),
  ]

  @Test(arguments: sums)
  func `a sum is a whole number of 64 bits or nothing`(fields: [Int16], value: Int64?) {
    let bytes = fields.flatMap { [UInt8(truncatingIfNeeded: $0 >> 8), UInt8(truncatingIfNeeded: $0)] }
    #expect(bytes.withUnsafeBytes { PostgresNumeric.integer($0) } == value)
  }
}
