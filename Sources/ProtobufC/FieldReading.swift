package import CProtobufC
import Glibc

/// C fields → Swift values, for generated code. What is generic is inlinable, so that it is specialised where it is called.
package enum FieldReading {
  /// A string field, whole: refused when it is not UTF-8 or holds a NUL, never cut.
  package static func string(_ data: ProtobufCBinaryData, _ field: StaticString) throws(ProtobufError) -> String {
    guard data.len > 0, let start = data.data else { return "" }
    let buffer = UnsafeBufferPointer(start: start, count: data.len)
    // Nearly every string is ASCII without a NUL, which one pass shows; for those the general checks would cost more than the copy.
    if buffer.allSatisfy({ $0 &- 1 < 0x7F }) { return String(decoding: buffer, as: UTF8.self) }
    guard memchr(start, 0, data.len) == nil else { throw .embeddedNUL(field: "\(field)") }
    guard let string = String(validating: buffer, as: UTF8.self) else {
      throw .invalidUTF8(field: "\(field)")
    }
    return string
  }

  package static func bytes(_ data: ProtobufCBinaryData) -> [UInt8] {
    [UInt8](UnsafeBufferPointer(start: data.data, count: data.len))
  }

  package static func strings(
    _ count: Int, _ start: UnsafeMutablePointer<ProtobufCBinaryData>?, _ field: StaticString
  ) throws(ProtobufError) -> [String] {
    guard count > 0, let start else { return [] }
    var result: [String] = []
    result.reserveCapacity(count)
    for index in 0..<count { result.append(try string(start[index], field)) }
    return result
  }

  package static func byteStrings(_ count: Int, _ start: UnsafeMutablePointer<ProtobufCBinaryData>?) -> [[UInt8]] {
    (0..<count).map { bytes(start![$0]) }
  }

  @inlinable
  package static func numbers<Number>(_ count: Int, _ start: UnsafeMutablePointer<Number>?) -> [Number] {
    [Number](UnsafeBufferPointer(start: start, count: count))
  }

  package static func booleans(_ count: Int, _ start: UnsafeMutablePointer<protobuf_c_boolean>?) -> [Bool] {
    (0..<count).map { start![$0] != 0 }
  }

  /// libprotobuf-c keeps every enumeration in 32 bits, so the numbers are read without naming the C type.
  @inlinable
  package static func enumerations<Enumeration: ProtobufEnum>(_ count: Int, _ start: UnsafeRawPointer?) -> [Enumeration] {
    (0..<count).map { Enumeration(rawValue: start!.load(fromByteOffset: $0 * 4, as: Int32.self)) }
  }

  @inlinable
  package static func message<Message: ProtobufMessage>(_ pointer: UnsafeRawPointer?) throws(ProtobufError) -> Message? {
    guard let pointer else { return nil }
    return try Message(reading: pointer)
  }

  /// A repeated message field: `start` is the C array of pointers to its elements.
  @inlinable
  package static func messages<Message: ProtobufMessage>(
    _ count: Int, _ start: UnsafeRawPointer?
  ) throws(ProtobufError) -> [Message] {
    guard count > 0, let start else { return [] }
    let pointers = start.assumingMemoryBound(to: UnsafeRawPointer.self)
    var result: [Message] = []
    result.reserveCapacity(count)
    for index in 0..<count { result.append(try Message(reading: pointers[index])) }
    return result
  }
}

/// The entry that protoc-gen-c makes for every `map<string, string>`.
struct StringMapEntry {
  var base: ProtobufCMessage
  var key: ProtobufCBinaryData
  var value: ProtobufCBinaryData
}

extension FieldReading {
  /// A `map<string, string>` field: `start` is the C array of pointers to its entries, of which the last one for a key counts.
  package static func stringMap(
    _ count: Int, _ start: UnsafeRawPointer?, _ field: StaticString
  ) throws(ProtobufError) -> [String: String] {
    guard count > 0, let start else { return [:] }
    let entries = start.assumingMemoryBound(to: UnsafePointer<StringMapEntry>.self)
    var result: [String: String] = [:]
    for index in 0..<count {
      result[try string(entries[index].pointee.key, field)] = try string(entries[index].pointee.value, field)
    }
    return result
  }
}
