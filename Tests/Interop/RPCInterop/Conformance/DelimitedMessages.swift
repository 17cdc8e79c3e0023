internal import Foundation
internal import ProtobufC
internal import Synchronization

/// The pipe to the suite's runner: messages on standard input and output, each behind its length in four bytes, big endian.
enum DelimitedMessages {
  /// One message at a time goes out.
  private static let output = Mutex(())

  static func read<Message: ProtobufMessage>(_ type: Message.Type) throws -> Message? {
    guard let prefix = try readBytes(4) else { return nil }
    let length = prefix.reduce(0) { $0 << 8 | Int($1) }
    guard let bytes = try readBytes(length) else { return nil }
    return try Message(decoding: Array(bytes))
  }

  static func write(_ message: some ProtobufMessage) throws {
    let bytes = message.encoded()
    let prefix = withUnsafeBytes(of: UInt32(bytes.count).bigEndian) { Data($0) }
    try output.withLock { _ in try FileHandle.standardOutput.write(contentsOf: prefix + Data(bytes)) }
  }

  /// Nil at the end of the input.
  private static func readBytes(_ count: Int) throws -> Data? {
    var bytes = Data()
    while bytes.count < count {
      guard let more = try FileHandle.standardInput.read(upToCount: count - bytes.count), !more.isEmpty else { return nil }
      bytes += more
    }
    return bytes
  }
}

/// Files for what the runner gives as bytes; in a folder that goes with the process.
final class TemporaryFiles: Sendable {
  private let folder = FileManager.default.temporaryDirectory.appendingPathComponent("rpc-interop-\(UUID().uuidString)")

  init() throws { try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true) }

  deinit { try? FileManager.default.removeItem(at: folder) }

  func path(of bytes: [UInt8]) throws -> String {
    let file = folder.appendingPathComponent(UUID().uuidString)
    try Data(bytes).write(to: file)
    return file.path
  }
}
