import CPostgreSQL

/// The rows that a statement brought, as libpq holds them: in binary, each column with its type.
final class PostgresRows {
  private let result: OpaquePointer
  private let sql: String
  private var row: Int32 = 0
  private var isOnRow = false
  private var mismatchedColumn: Int?

  /// Takes the result over.
  init(_ result: OpaquePointer, sql: String) {
    self.result = result
    self.sql = sql
  }

  deinit { PQclear(result) }

  /// Rows that the statement changed, or brought.
  var changes: Int { PQcmdTuples(result).flatMap { Int(String(cString: $0)) } ?? 0 }

  /// Hands each row to `onRow` until it returns false. Throws what it throws, or `columnType`.
  func hand(to onRow: (Row) throws -> Bool) throws {
    for next in 0..<PQntuples(result) {
      row = next
      isOnRow = true
      defer { isOnRow = false }
      let wantsMore: Bool
      do { wantsMore = try onRow(Row(source: .postgres(self))) } catch { throw mismatch ?? error }
      if let mismatch { throw mismatch }
      if !wantsMore { return }
    }
  }

  private var mismatch: DatabaseError? { mismatchedColumn.map { .columnType(sql: sql, column: $0) } }

  func noteMismatch(column: Int) {
    if mismatchedColumn == nil { mismatchedColumn = column }
  }

  // MARK: Values of the row; nil for NULL, and for another type

  func isNull(_ column: Int) -> Bool {
    precondition(isOnRow, "a row is valid only inside the closure that receives it")
    return PQgetisnull(result, row, Int32(column)) != 0
  }

  func integer(_ column: Int) -> Int64? {
    guard let bytes = bytes(column) else { return nil }
    switch PQftype(result, Int32(column)) {
    case PostgresType.int8: return Int64(bitPattern: bytes.bigEndian(as: UInt64.self))
    case PostgresType.int4: return Int64(Int32(truncatingIfNeeded: bytes.bigEndian(as: UInt32.self)))
    case PostgresType.int2: return Int64(Int16(truncatingIfNeeded: bytes.bigEndian(as: UInt16.self)))
    case PostgresType.bool: return bytes.first == 1 ? 1 : 0
    case PostgresType.numeric: return PostgresNumeric.integer(bytes)
    default: return nil
    }
  }

  func text(_ column: Int) -> String? {
    guard let bytes = bytes(column), PostgresType.texts.contains(PQftype(result, Int32(column))) else { return nil }
    return String(decoding: bytes, as: UTF8.self)
  }

  func blob(_ column: Int) -> [UInt8]? {
    guard let bytes = bytes(column), PQftype(result, Int32(column)) == PostgresType.bytea else { return nil }
    return [UInt8](bytes)
  }

  private func bytes(_ column: Int) -> UnsafeRawBufferPointer? {
    guard !isNull(column) else { return nil }
    let count = Int(PQgetlength(result, row, Int32(column)))
    return UnsafeRawBufferPointer(start: PQgetvalue(result, row, Int32(column)), count: count)
  }
}

/// The object identifiers of PostgreSQL's own types (pg_type.dat): part of its protocol, the same on every server.
enum PostgresType {
  static let bool: UInt32 = 16
  static let bytea: UInt32 = 17
  static let int8: UInt32 = 20
  static let int2: UInt32 = 21
  static let int4: UInt32 = 23
  static let text: UInt32 = 25
  static let numeric: UInt32 = 1700
  /// text, name, char(n), varchar(n).
  static let texts: Set<UInt32> = [text, 19, 1042, 1043]
  /// For the server to find out.
  static let unspecified: UInt32 = 0
}

/// The sum of a BIGINT column is a NUMERIC.
enum PostgresNumeric {
  /// The value when it is a whole number that 64 bits hold. The format (numeric_send): count of digits, weight of the first, sign, scale,
  /// then digits to the base of 10,000, each of 16 bits.
  static func integer(_ bytes: UnsafeRawBufferPointer) -> Int64? {
    guard bytes.count >= 8 else { return nil }
    func field(_ index: Int) -> Int64 {
      Int64(Int16(truncatingIfNeeded: UnsafeRawBufferPointer(rebasing: bytes[(index * 2)...]).bigEndian(as: UInt16.self)))
    }
    let (count, weight, sign) = (field(0), field(1), field(2))
    guard sign == 0 || sign == 0x4000, bytes.count == 8 + 2 * Int(count) else { return nil }
    var value: Int64 = 0
    for index in 0..<Swift.max(count, weight + 1) {
      let digit = index < count ? field(4 + Int(index)) : 0
      guard index <= weight else {
        if digit != 0 { return nil }
        continue
      }
      // Built below zero, where there is room for the least value.
      let (shifted, overflows) = value.multipliedReportingOverflow(by: 10_000)
      let (sum, overflowsAgain) = shifted.subtractingReportingOverflow(digit)
      guard !overflows, !overflowsAgain else { return nil }
      value = sum
    }
    if sign == 0x4000 { return value }
    return value == .min ? nil : -value
  }
}

extension UnsafeRawBufferPointer {
  /// The leading bytes as a number in network order; zero when there are too few.
  fileprivate func bigEndian<Number: FixedWidthInteger>(as type: Number.Type) -> Number {
    guard count >= MemoryLayout<Number>.size else { return 0 }
    return Number(bigEndian: loadUnaligned(as: Number.self))
  }
}
