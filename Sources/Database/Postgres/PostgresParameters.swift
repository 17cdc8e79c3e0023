import CPostgreSQL

/// A statement's arguments in PostgreSQL's binary form, laid end to end in one buffer that is used again for the next statement.
struct PostgresParameters {
  private var bytes: [UInt8] = []
  private var starts: [Int?] = []
  private var lengths: [Int32] = []

  mutating func fill(_ arguments: [SQLValue]) {
    bytes.removeAll(keepingCapacity: true)
    starts.removeAll(keepingCapacity: true)
    lengths.removeAll(keepingCapacity: true)
    for argument in arguments {
      let start = bytes.count
      switch argument {
      case .integer(let value): withUnsafeBytes(of: value.bigEndian) { bytes.append(contentsOf: $0) }
      case .text(let text): bytes.append(contentsOf: text.utf8)
      case .blob(let blob): bytes.append(contentsOf: blob)
      case .null: break
      }
      starts.append(argument == .null ? nil : start)
      lengths.append(Int32(bytes.count - start))
    }
    // An empty value has an address too: none would mean NULL.
    bytes.append(0)
  }

  /// Hands libpq the addresses, the lengths, and that all are binary.
  func send(
    _ body: (Int32, UnsafePointer<UnsafePointer<CChar>?>?, UnsafePointer<Int32>?, UnsafePointer<Int32>?) -> Int32
  ) -> Int32 {
    let formats = [Int32](repeating: 1, count: starts.count)
    return bytes.withUnsafeBytes { buffer in
      let base = buffer.bindMemory(to: CChar.self).baseAddress
      let addresses = starts.map { start in start.flatMap { start in base.map { UnsafePointer($0 + start) } } }
      return addresses.withUnsafeBufferPointer { addresses in
        lengths.withUnsafeBufferPointer { lengths in
          formats.withUnsafeBufferPointer { formats in
            body(Int32(starts.count), addresses.baseAddress, lengths.baseAddress, formats.baseAddress)
          }
        }
      }
    }
  }
}

extension SQLValue {
  /// As what the server shall take it; nil for NULL, which is of any type.
  var postgresType: UInt32? {
    switch self {
    case .integer: PostgresType.int8
    case .text: PostgresType.text
    case .blob: PostgresType.bytea
    case .null: nil
    }
  }
}
