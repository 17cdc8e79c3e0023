/// How the messages of a call are packed: the names of `grpc-encoding`. A message says by its flag whether it is.
public enum Compression: String, Sendable, Hashable, CaseIterable {
  case identity
  case gzip

  /// What this side takes, as `grpc-accept-encoding` says it.
  package static let accepted = "identity,gzip"
}

/// A message as it came off the wire, without its prefix.
@usableFromInline
package struct WireMessage: Sendable, Equatable {
  @usableFromInline package var bytes: [UInt8]
  @usableFromInline package var isCompressed: Bool

  package init(_ bytes: [UInt8], isCompressed: Bool = false) {
    self.bytes = bytes
    self.isCompressed = isCompressed
  }

  /// The message itself. Inflating happens off the event loop: a few bytes may become megabytes.
  /// - Parameter limit: bytes of the largest message that is accepted.
  package func unpacked(limit: Int) async throws -> [UInt8] {
    guard isCompressed, !bytes.isEmpty else { return bytes }
    return try await withTaskExecutorPreference(globalConcurrentExecutor) { try Gzip.inflate(bytes, limit: limit) }
  }
}

extension MessageFrame {
  package static func frame(_ message: [UInt8], _ compression: Compression) async -> [UInt8] {
    let frame = frame(message)
    return compression == .gzip ? await compressed(frame) : frame
  }

  /// The same message as a compressed one, made off the event loop.
  package static func compressed(_ frame: [UInt8]) async -> [UInt8] {
    await withTaskExecutorPreference(globalConcurrentExecutor) {
      var compressed = frame.withUnsafeBytes {
        Gzip.deflate(UnsafeRawBufferPointer(rebasing: $0[prefixLength...]), reservingPrefix: prefixLength)
      }
      writePrefix(into: &compressed, isCompressed: true)
      return compressed
    }
  }
}
