package import CProtobufC

/// Swift values → C fields, for generated code.
///
/// Strings and bytes are copied into the arena: a pointer into a Swift string holds only within a closure, and one closure per field
/// costs more than the copy of its few bytes. What is generic is inlinable, so that it is specialised where it is called.
extension MessageArena {
  package func string(_ value: String) -> ProtobufCBinaryData {
    var value = value
    return value.withUTF8 { utf8 in copy(UnsafeRawBufferPointer(utf8)) }
  }

  package func bytes(_ value: [UInt8]) -> ProtobufCBinaryData {
    value.withUnsafeBytes { buffer in copy(buffer) }
  }

  private func copy(_ source: UnsafeRawBufferPointer) -> ProtobufCBinaryData {
    guard let start = source.baseAddress, source.count > 0 else { return ProtobufCBinaryData() }
    let target = allocate(source.count)
    target.copyMemory(from: start, byteCount: source.count)
    return ProtobufCBinaryData(len: source.count, data: target.assumingMemoryBound(to: UInt8.self))
  }

  package func strings(_ values: [String]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
    array(values) { string($0) }
  }

  package func byteStrings(_ values: [[UInt8]]) -> UnsafeMutablePointer<ProtobufCBinaryData>? {
    array(values) { bytes($0) }
  }

  @inlinable
  package func numbers<Number>(_ values: [Number]) -> UnsafeMutablePointer<Number>? {
    array(values) { $0 }
  }

  package func booleans(_ values: [Bool]) -> UnsafeMutablePointer<protobuf_c_boolean>? {
    array(values) { $0 ? 1 : 0 }
  }

  @inlinable
  package func enumerations<Enumeration: ProtobufEnum>(_ values: [Enumeration]) -> UnsafeMutableRawPointer? {
    array(values) { $0.rawValue }.map { UnsafeMutableRawPointer($0) }
  }

  @inlinable
  package func message<Message: ProtobufMessage>(_ value: Message?) -> UnsafeMutableRawPointer? {
    guard let value else { return nil }
    let message = allocateMessage(Message.layout)
    value.write(to: message, in: self)
    return message
  }

  /// The C array of pointers to the elements of a repeated message field.
  @inlinable
  package func messages<Message: ProtobufMessage>(_ values: [Message]) -> UnsafeMutableRawPointer? {
    let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer?>? = array(values) { message($0) }
    return pointers.map { UnsafeMutableRawPointer($0) }
  }

  /// A `map<string, string>` field, sorted by key so that equal maps have equal bytes.
  package func stringMap(_ values: [String: String], _ entryLayout: MessageLayout) -> UnsafeMutableRawPointer? {
    let pointers: UnsafeMutablePointer<UnsafeMutableRawPointer?>? = array(values.sorted { $0.key < $1.key }) { key, value in
      let message = allocateMessage(entryLayout)
      let entry = message.assumingMemoryBound(to: StringMapEntry.self)
      entry.pointee.key = string(key)
      entry.pointee.value = string(value)
      return message
    }
    return pointers.map { UnsafeMutableRawPointer($0) }
  }

  @inlinable
  package func array<Value, Element>(_ values: [Value], _ convert: (Value) -> Element) -> UnsafeMutablePointer<Element>? {
    guard !values.isEmpty else { return nil }
    let start = allocate(values.count * MemoryLayout<Element>.stride).bindMemory(to: Element.self, capacity: values.count)
    for (index, value) in values.enumerated() { (start + index).initialize(to: convert(value)) }
    return start
  }
}
