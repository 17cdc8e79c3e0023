/// The headers or trailers of a call: an ordered list of names and values in which a name may repeat.
///
/// Names are lower-case ASCII. A name that ends in `-bin` holds bytes, which travel as base64; any other holds printable ASCII.
/// All text lies in one array with an index beside it, so that receiving a request's headers costs two allocations, not two a header.
/// Rule: `Custom-Metadata` of PROTOCOL-HTTP2.md.
public struct Metadata: Sendable {
  private struct Field: Sendable {
    var nameStart: UInt32
    var nameLength: UInt16
    var valueLength: UInt32

    var name: Range<Int> { Int(nameStart)..<Int(nameStart) + Int(nameLength) }
    var value: Range<Int> { name.upperBound..<name.upperBound + Int(valueLength) }
  }

  private var text: [UInt8] = []
  private var fields: [Field] = []

  public init() {}

  public var isEmpty: Bool { fields.isEmpty }
  public var count: Int { fields.count }
}

// MARK: Reading

extension Metadata {
  /// The first value of a name as it travels; nil when absent.
  public subscript(name: String) -> String? { first(name).map(string) }

  /// Every value of a name, in order, as they travel.
  public func values(_ name: String) -> [String] {
    fields.indices.filter { matches($0, name) }.map { string(fields[$0].value) }
  }

  /// The first value of a `-bin` name, decoded; nil when absent or no base64.
  public func binary(_ name: String) -> [UInt8]? { binaryValues(name).first }

  /// Every value of a `-bin` name, decoded. A peer may join several by commas; what is no base64 is left out.
  public func binaryValues(_ name: String) -> [[UInt8]] {
    precondition(Metadata.isBinary(name), "binary metadata has a name that ends in -bin")
    return fields.indices.filter { matches($0, name) }.flatMap { index in
      text[fields[index].value].split(separator: UInt8(ascii: ","), omittingEmptySubsequences: false)
        .compactMap { Base64.decode($0) }
    }
  }

  private func first(_ name: String) -> Range<Int>? {
    fields.indices.first { matches($0, name) }.map { fields[$0].value }
  }

  private func matches(_ index: Int, _ name: String) -> Bool {
    let field = fields[index]
    guard Int(field.nameLength) == name.utf8.count else { return false }
    return text[field.name].elementsEqual(name.utf8)
  }

  private func string(_ range: Range<Int>) -> String { String(decoding: text[range], as: UTF8.self) }
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
    let name = name.lowercased()
    guard first(name) != nil else { return }
    var kept = Metadata()
    for index in fields.indices where !matches(index, name) {
      let field = fields[index]
      text.withUnsafeBufferPointer {
        kept.append(rawName: UnsafeBufferPointer(rebasing: $0[field.name]), rawValue: UnsafeBufferPointer(rebasing: $0[field.value]))
      }
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
    if fields.isEmpty {
      text.reserveCapacity(256)
      fields.reserveCapacity(8)
    }
    fields.append(
      Field(nameStart: UInt32(text.count), nameLength: UInt16(truncatingIfNeeded: name.count), valueLength: UInt32(value.count)))
    text.append(contentsOf: name)
    text.append(contentsOf: value)
  }

  /// Visits every field in order, as bytes.
  package func forEachField(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void) {
    text.withUnsafeBufferPointer { text in
      for field in fields {
        body(UnsafeBufferPointer(rebasing: text[field.name]), UnsafeBufferPointer(rebasing: text[field.value]))
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
    var index = 0
    return AnyIterator {
      guard index < fields.count else { return nil }
      defer { index += 1 }
      return (string(fields[index].name), string(fields[index].value))
    }
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
