/// The headers or trailers of a call: an ordered list of names and values in which a name may repeat.
///
/// Names are lower-case ASCII. A name that ends in `-bin` holds bytes, which travel as base64; any other holds printable ASCII.
/// It lies in one array, each field as its two lengths, its name and its value: receiving a request's headers costs one allocation.
/// Rule: `Custom-Metadata` of PROTOCOL-HTTP2.md.
public struct Metadata: Sendable {
  /// Where a field lies.
  private struct Field {
    var name: Range<Int>
    var value: Range<Int>
  }

  private var storage: [UInt8] = []
  public private(set) var count = 0

  private static let lengthBytes = 4

  public init() {}

  public var isEmpty: Bool { count == 0 }
}

// MARK: Reading

extension Metadata {
  /// The first value of a name as it travels; nil when absent.
  public subscript(name: String) -> String? { first(name).map(string) }

  /// Every value of a name, in order, as they travel.
  public func values(_ name: String) -> [String] {
    all(name).map { string($0.value) }
  }

  /// The first value of a `-bin` name, decoded; nil when absent or no base64.
  public func binary(_ name: String) -> [UInt8]? {
    var found: [UInt8]?
    forEachBinary(name) { value in
      found = value
      return false
    }
    return found
  }

  /// Every value of a `-bin` name, decoded. A peer may join several by commas; what is no base64 is left out.
  public func binaryValues(_ name: String) -> [[UInt8]] {
    var found: [[UInt8]] = []
    forEachBinary(name) { value in
      found.append(value)
      return true
    }
    return found
  }

  /// Until `body` says false.
  private func forEachBinary(_ name: String, _ body: ([UInt8]) -> Bool) {
    precondition(Metadata.isBinary(name), "binary metadata has a name that ends in -bin")
    for field in all(name) {
      let goesOn = storage.withUnsafeBufferPointer { storage in
        var rest = storage[field.value]
        while true {
          let value = rest.prefix { $0 != UInt8(ascii: ",") }
          if let bytes = Base64.decode(UnsafeBufferPointer(rebasing: value)), !body(bytes) { return false }
          guard value.endIndex < rest.endIndex else { return true }
          rest = rest[(value.endIndex + 1)...]
        }
      }
      if !goesOn { return }
    }
  }

  private func first(_ name: String) -> Range<Int>? {
    var name = name
    return name.withUTF8 { name in
      var offset = 0
      while let field = field(at: &offset) {
        if matches(field, name) { return field.value }
      }
      return nil
    }
  }

  private func all(_ name: String) -> [Field] {
    var name = name
    return name.withUTF8 { name in
      var found: [Field] = []
      var offset = 0
      while let field = field(at: &offset) {
        if matches(field, name) { found.append(field) }
      }
      return found
    }
  }

  /// The field at an offset, which moves on to the next; nil at the end.
  private func field(at offset: inout Int) -> Field? {
    guard offset < storage.count else { return nil }
    let (nameLength, valueLength) = storage.withUnsafeBytes {
      (
        Int($0.loadUnaligned(fromByteOffset: offset, as: UInt32.self)),
        Int($0.loadUnaligned(fromByteOffset: offset + Metadata.lengthBytes, as: UInt32.self))
      )
    }
    let name = offset + 2 * Metadata.lengthBytes
    let value = name + nameLength
    offset = value + valueLength
    return Field(name: name..<value, value: value..<offset)
  }

  private func matches(_ field: Field, _ name: UnsafeBufferPointer<UInt8>) -> Bool {
    storage.withUnsafeBufferPointer { UnsafeBufferPointer(rebasing: $0[field.name]).equals(name) }
  }

  private func string(_ range: Range<Int>) -> String { String(decoding: storage[range], as: UTF8.self) }
}

// MARK: Writing

extension Metadata {
  /// Adds a value behind those that the name already has.
  ///
  /// - Returns: false, and nothing is added, when the value has a character outside printable ASCII: such a header would make the
  ///   peer drop the whole stream.
  /// - Precondition: the name is a legal one; an upper-case letter is lowered.
  @discardableResult
  public mutating func append(_ name: String, _ value: String) -> Bool {
    let name = Metadata.checked(name)
    var value = value
    return value.withUTF8 { bytes in
      guard bytes.allSatisfy({ $0 >= 0x20 && $0 <= 0x7e }) else { return false }
      append(name: name, value: bytes)
      return true
    }
  }

  /// Adds bytes under a name that ends in `-bin`.
  public mutating func append(_ name: String, binary: some Collection<UInt8>) {
    precondition(Metadata.isBinary(name), "binary metadata has a name that ends in -bin")
    Base64.encode(binary).withUnsafeBufferPointer { append(name: Metadata.checked(name), value: $0) }
  }

  public mutating func append(contentsOf other: Metadata) {
    other.forEachField { append(rawName: $0, rawValue: $1) }
  }

  /// Makes this the only value of the name.
  @discardableResult
  public mutating func set(_ name: String, _ value: String) -> Bool {
    remove(name)
    return append(name, value)
  }

  public mutating func set(_ name: String, binary: some Collection<UInt8>) {
    remove(name)
    append(name, binary: binary)
  }

  public mutating func remove(_ name: String) {
    var name = name.lowercased()
    guard first(name) != nil else { return }
    var kept = Metadata()
    name.withUTF8 { name in
      forEachField { if !$0.equals(name) { kept.append(rawName: $0, rawValue: $1) } }
    }
    self = kept
  }

  private mutating func append(name: String, value: UnsafeBufferPointer<UInt8>) {
    var name = name
    name.withUTF8 { append(rawName: $0, rawValue: value) }
  }

  private static func checked(_ name: String) -> String {
    let name = name.lowercased()
    precondition(
      !name.isEmpty && name.utf8.count <= Int(UInt16.max) && name.utf8.allSatisfy(isLegalInName),
      "not a legal metadata name: \(name)")
    return name
  }

  private static func isLegalInName(_ byte: UInt8) -> Bool {
    switch byte {
    case UInt8(ascii: "a")...UInt8(ascii: "z"), UInt8(ascii: "0")...UInt8(ascii: "9"): true
    case UInt8(ascii: "-"), UInt8(ascii: "_"), UInt8(ascii: "."): true
    default: false
    }
  }

  private static func isBinary(_ name: String) -> Bool { name.utf8.suffix(4).elementsEqual("-bin".utf8) }
}

// MARK: For the transports

extension Metadata {
  /// Adds a header as it came off the wire, where HTTP/2 has checked its characters.
  package mutating func append(rawName name: UnsafeBufferPointer<UInt8>, rawValue value: UnsafeBufferPointer<UInt8>) {
    if storage.isEmpty { storage.reserveCapacity(Metadata.usualBytes) }
    // Put together on the stack: appending its four parts one by one costs three times as much.
    let valueOffset = 2 * Metadata.lengthBytes + name.count
    withUnsafeTemporaryAllocation(byteCount: valueOffset + value.count, alignment: Metadata.lengthBytes) { field in
      field.storeBytes(of: UInt32(name.count), as: UInt32.self)
      field.storeBytes(of: UInt32(value.count), toByteOffset: Metadata.lengthBytes, as: UInt32.self)
      UnsafeMutableRawBufferPointer(rebasing: field[2 * Metadata.lengthBytes..<valueOffset]).copyMemory(from: UnsafeRawBufferPointer(name))
      UnsafeMutableRawBufferPointer(rebasing: field[valueOffset...]).copyMemory(from: UnsafeRawBufferPointer(value))
      storage.append(contentsOf: field)
    }
    count += 1
  }

  /// Room for a signed caller, a trace, and a few fields more.
  private static let usualBytes = 512

  /// Visits every field in order, as bytes.
  package func forEachField(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void) {
    storage.withUnsafeBufferPointer { storage in
      var offset = 0
      while let field = field(at: &offset) {
        body(UnsafeBufferPointer(rebasing: storage[field.name]), UnsafeBufferPointer(rebasing: storage[field.value]))
      }
    }
  }
}

// MARK: As a collection of pairs

extension Metadata: Equatable {
  public static func == (left: Metadata, right: Metadata) -> Bool { left.elementsEqual(right, by: ==) }
}

extension Metadata: Sequence {
  public func makeIterator() -> AnyIterator<(name: String, value: String)> {
    var offset = 0
    return AnyIterator { field(at: &offset).map { (string($0.name), string($0.value)) } }
  }
}

extension Metadata: ExpressibleByDictionaryLiteral {
  public init(dictionaryLiteral elements: (String, String)...) {
    for (name, value) in elements { append(name, value) }
  }
}

extension Metadata: CustomStringConvertible {
  /// Names only: values may be credentials.
  public var description: String { "[" + map(\.name).joined(separator: ", ") + "]" }
}
