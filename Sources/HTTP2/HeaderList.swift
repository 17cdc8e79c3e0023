internal import CNghttp2

/// A list of header fields that is to be sent, in order.
///
/// Its text lies in one array, so that the usual response allocates once for its headers. A list that is the same for every call is made
/// `constant` once, and costs nothing after.
///
/// `@unchecked Sendable`: what `constant` points to is never written again and never freed.
package struct HeaderList: @unchecked Sendable {
  /// For each field the lengths of its name and of its value, four bytes each, and then both.
  private var storage: [UInt8] = []
  package private(set) var count = 0
  /// As RFC 9113 section 6.5.2 counts.
  package private(set) var listBytes = 0
  private var constant: UnsafeBufferPointer<nghttp2_nv>?

  static let overheadPerField = 32
  private static let lengthBytes = 4

  package init() {}

  package init(_ fields: [(String, String)]) {
    for (name, value) in fields { append(name, value) }
  }

  /// A list that lives as long as the program: nghttp2 reads it where it is.
  package static func constant(_ fields: [(String, String)]) -> HeaderList {
    var list = HeaderList(fields)
    let constant = UnsafeMutableBufferPointer<nghttp2_nv>.allocate(capacity: list.count)
    var index = 0
    list.forEach { name, value in
      constant[index] = nghttp2_nv(
        name: copy(name), value: copy(value), namelen: name.count, valuelen: value.count,
        flags: UInt8(NGHTTP2_NV_FLAG_NO_COPY_NAME.rawValue | NGHTTP2_NV_FLAG_NO_COPY_VALUE.rawValue))
      index += 1
    }
    list.constant = UnsafeBufferPointer(constant)
    return list
  }

  private static func copy(_ text: UnsafeBufferPointer<UInt8>) -> UnsafeMutablePointer<UInt8> {
    let copy = UnsafeMutableBufferPointer<UInt8>.allocate(capacity: max(1, text.count))
    _ = copy.initialize(from: text)
    return copy.baseAddress!
  }

  /// - Precondition: the name is lower-case, and both are free of control characters.
  package mutating func append(_ name: String, _ value: String) {
    var name = name
    var value = value
    name.withUTF8 { name in value.withUTF8 { value in append(name, value) } }
  }

  package mutating func append(_ name: String, _ value: [UInt8]) {
    var name = name
    name.withUTF8 { name in value.withUnsafeBufferPointer { value in append(name, value) } }
  }

  package mutating func append(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) {
    if storage.isEmpty { storage.reserveCapacity(HeaderList.usualBytes) }
    constant = nil
    // Put together on the stack: appending its four parts one by one costs three times as much.
    let valueOffset = 2 * HeaderList.lengthBytes + name.count
    withUnsafeTemporaryAllocation(byteCount: valueOffset + value.count, alignment: HeaderList.lengthBytes) { field in
      field.storeBytes(of: UInt32(name.count), as: UInt32.self)
      field.storeBytes(of: UInt32(value.count), toByteOffset: HeaderList.lengthBytes, as: UInt32.self)
      UnsafeMutableRawBufferPointer(rebasing: field[2 * HeaderList.lengthBytes..<valueOffset]).copyMemory(
        from: UnsafeRawBufferPointer(name))
      UnsafeMutableRawBufferPointer(rebasing: field[valueOffset...]).copyMemory(from: UnsafeRawBufferPointer(value))
      storage.append(contentsOf: field)
    }
    count += 1
    listBytes += name.count + value.count + HeaderList.overheadPerField
  }

  /// Room for a request's or a response's own fields and a few of the program's.
  private static let usualBytes = 256

  /// Visits every field in order, as bytes.
  package func forEach(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void) {
    storage.withUnsafeBytes { storage in
      var offset = 0
      while offset < storage.count {
        let nameLength = Int(storage.loadUnaligned(fromByteOffset: offset, as: UInt32.self))
        let valueLength = Int(storage.loadUnaligned(fromByteOffset: offset + HeaderList.lengthBytes, as: UInt32.self))
        let name = storage.baseAddress!.assumingMemoryBound(to: UInt8.self) + offset + 2 * HeaderList.lengthBytes
        body(UnsafeBufferPointer(start: name, count: nameLength), UnsafeBufferPointer(start: name + nameLength, count: valueLength))
        offset += 2 * HeaderList.lengthBytes + nameLength + valueLength
      }
    }
  }

  /// The list in nghttp2's form: it copies what is not constant.
  func withNghttp2Fields<Result>(_ body: (UnsafeBufferPointer<nghttp2_nv>) -> Result) -> Result {
    if let constant { return body(constant) }
    return withUnsafeTemporaryAllocation(of: nghttp2_nv.self, capacity: count) { fields in
      var index = 0
      forEach { name, value in
        fields[index] = nghttp2_nv(
          name: UnsafeMutablePointer(mutating: name.baseAddress), value: UnsafeMutablePointer(mutating: value.baseAddress),
          namelen: name.count, valuelen: value.count, flags: UInt8(NGHTTP2_NV_FLAG_NONE.rawValue))
        index += 1
      }
      return body(UnsafeBufferPointer(fields))
    }
  }
}
