import CDescriptor
import Foundation

func readBytes(_ path: String) throws -> [UInt8] {
  guard let data = FileManager.default.contents(atPath: path) else { throw GeneratorError("cannot read \(path)") }
  return [UInt8](data)
}

/// Runs `body` with the unpacked descriptor set at `path`.
func withDescriptorSet<Result>(
  at path: String, _ body: (UnsafeMutablePointer<Google__Protobuf__FileDescriptorSet>) throws -> Result
) throws -> Result {
  let bytes = try readBytes(path)
  guard let set = google__protobuf__file_descriptor_set__unpack(nil, bytes.count, bytes) else {
    throw GeneratorError("\(path) is no descriptor set")
  }
  defer { google__protobuf__file_descriptor_set__free_unpacked(set, nil) }
  return try body(set)
}

/// The elements of a repeated message field.
func elements<Element>(
  _ count: Int, _ start: UnsafeMutablePointer<UnsafeMutablePointer<Element>?>?
) -> [UnsafeMutablePointer<Element>] {
  (0..<count).map { start![$0]! }
}

/// A string field; empty when absent.
func text(_ pointer: UnsafeMutablePointer<CChar>?) -> String {
  pointer.map { String(cString: $0) } ?? ""
}
