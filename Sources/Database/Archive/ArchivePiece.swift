import Crypto
import Foundation

/// Frames of one log, as a file: a line of JSON, and the bytes as they stand in the log.
struct ArchivePiece {
  struct Label: Codable, Equatable {
    let log: Int
    /// Frames of the log, counted from 0.
    let first: Int
    let end: Int
    /// The log's header with its salts, as hexadecimal digits.
    let header: String
    /// The checksum that the log's format gives its last frame.
    let lastChecksum: [UInt32]
    /// Of the commits that end in it; nil where none does. Microseconds since 1970 UTC.
    let earliestTime: Int64?
    let latestTime: Int64?
    let shippedTime: Int64
    /// What page 1 says after its last commit, and in frames after that.
    let stamp: Int64
    let openStamp: Int64?
    /// The digest of the piece before it in the chain; empty for the first.
    let previous: String
    /// SHA-256 of this label, with this field empty, and of the frames.
    var digest = ""

    var logHeader: LogHeader? { [UInt8](hexadecimal: header).flatMap { LogHeader($0) } }
  }

  let label: Label
  let frames: [UInt8]

  /// A label as long as this is no label.
  private static let labelLimitBytes = 4_096
  private static let newline = UInt8(ascii: "\n")

  init(_ label: Label, _ frames: [UInt8]) throws {
    var label = label
    label.digest = try Self.digest(of: label, frames)
    self.label = label
    self.frames = frames
  }

  /// Nil for bytes that are not what was shipped.
  init?(_ bytes: [UInt8]) {
    guard let end = bytes.prefix(Self.labelLimitBytes).firstIndex(of: Self.newline) else { return nil }
    guard let label = try? JSONDecoder().decode(Label.self, from: Data(bytes[..<end])) else { return nil }
    self.label = label
    frames = Array(bytes[(end + 1)...])
    guard let header = label.logHeader, frames.count == (label.end - label.first) * header.frameSize else { return nil }
    guard (try? Self.digest(of: label, frames)) == label.digest else { return nil }
  }

  /// The file, in parts.
  func bytes() throws -> [[UInt8]] { [Array(try ArchiveFolder.json(label)) + [Self.newline], frames] }

  private static func digest(of label: Label, _ frames: [UInt8]) throws -> String {
    var label = label
    label.digest = ""
    var hash = SHA256()
    hash.update(data: try ArchiveFolder.json(label))
    frames.withUnsafeBytes { hash.update(bufferPointer: $0) }
    return Array(hash.finalize()).hexadecimal
  }
}

extension Array where Element == UInt8 {
  var hexadecimal: String {
    let digits = Array("0123456789abcdef".utf8)
    return String(decoding: flatMap { [digits[Int($0 >> 4)], digits[Int($0 & 15)]] }, as: UTF8.self)
  }

  init?(hexadecimal text: String) {
    let digits = text.utf8.map { UInt8(ascii: "0") <= $0 && $0 <= UInt8(ascii: "9") ? $0 - 48 : $0 &- 87 }
    guard digits.count.isMultiple(of: 2), digits.allSatisfy({ $0 < 16 }) else { return nil }
    self = stride(from: 0, to: digits.count, by: 2).map { digits[$0] << 4 | digits[$0 + 1] }
  }
}
