/// An ordered list of header fields, names and values in one array with an index beside it.
///
/// One list is reused for all header blocks that a session receives, and constant lists serve all responses: the usual call allocates
/// nothing for its headers here.
public struct HeaderList: Sendable {
  private struct Field: Sendable {
    var start: Int32
    var nameLength: Int32
    var valueLength: Int32
  }

  private var text: [UInt8] = []
  private var fields: [Field] = []
  /// As RFC 9113 section 6.5.2 counts.
  package private(set) var listBytes = 0
  /// Whether fields are missing because the list passed the session's limit.
  package internal(set) var isOverLimit = false

  private static let overheadPerField = 32

  package init() {}

  package init(_ fields: [(String, String)]) {
    for (name, value) in fields { append(name, value) }
  }

  package var count: Int { fields.count }

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
    fields.append(Field(start: Int32(text.count), nameLength: Int32(name.count), valueLength: Int32(value.count)))
    text.append(contentsOf: name)
    text.append(contentsOf: value)
    listBytes += name.count + value.count + HeaderList.overheadPerField
  }

  /// Adds a field unless the list would then be longer than `limit`.
  mutating func append(_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>, limit: Int) {
    guard !isOverLimit, listBytes + name.count + value.count + HeaderList.overheadPerField <= limit else {
      isOverLimit = true
      return
    }
    append(name, value)
  }

  mutating func removeAll() {
    text.removeAll(keepingCapacity: true)
    fields.removeAll(keepingCapacity: true)
    listBytes = 0
    isOverLimit = false
  }

  /// Visits every field in order, as bytes.
  package func forEach(_ body: (_ name: UnsafeBufferPointer<UInt8>, _ value: UnsafeBufferPointer<UInt8>) -> Void) {
    text.withUnsafeBufferPointer { text in
      for field in fields {
        let start = text.baseAddress! + Int(field.start)
        body(
          UnsafeBufferPointer(start: start, count: Int(field.nameLength)),
          UnsafeBufferPointer(start: start + Int(field.nameLength), count: Int(field.valueLength)))
      }
    }
  }
}

extension HeaderList: Sequence {
  public func makeIterator() -> AnyIterator<(name: String, value: String)> {
    var pairs: [(name: String, value: String)] = []
    forEach { pairs.append((String(decoding: $0, as: UTF8.self), String(decoding: $1, as: UTF8.self))) }
    var iterator = pairs.makeIterator()
    return AnyIterator { iterator.next() }
  }
}
