import Foundation

/// SQLite's write-ahead log, as https://www.sqlite.org/walformat.html lays it out: a header with salts, and frames, each a page with a header
/// that repeats the salts and continues a checksum. Only page 1's two words of `CommitStamp` are looked at inside a page.
struct LogHeader: Equatable {
  static let size = 32
  private static let format: UInt32 = 3_007_000

  let bytes: [UInt8]
  let pageSize: Int
  /// The first counts up by one each time the log begins anew, the second is random.
  let salts: [UInt32]
  private let countsBigEndian: Bool
  let checksum: LogChecksum

  /// Nil for bytes that are no whole header.
  init?(_ bytes: [UInt8]) {
    guard bytes.count == Self.size else { return nil }
    let words = bytes.bigEndianWords
    guard words[0] & ~1 == 0x377f_0682, words[1] == Self.format else { return nil }
    countsBigEndian = words[0] & 1 == 1
    self.bytes = bytes
    pageSize = Int(words[2])
    salts = [words[4], words[5]]
    var checksum = LogChecksum()
    bytes.withUnsafeBytes { checksum.add(UnsafeRawBufferPointer(rebasing: $0[..<24]), bigEndian: words[0] & 1 == 1) }
    guard checksum == LogChecksum(words[6], words[7]), pageSize >= 512, pageSize & (pageSize - 1) == 0 else { return nil }
    self.checksum = checksum
  }

  var frameSize: Int { LogFrame.headerSize + pageSize }

  /// Whether the log with this header is the one that began when the one with the other was cut back.
  func follows(_ other: LogHeader) -> Bool { salts[0] == other.salts[0] &+ 1 }

  /// The checksum after a frame, from that before it.
  func checksum(after frame: UnsafeRawBufferPointer, _ before: LogChecksum) -> LogChecksum {
    var checksum = before
    checksum.add(UnsafeRawBufferPointer(rebasing: frame[..<8]), bigEndian: countsBigEndian)
    checksum.add(UnsafeRawBufferPointer(rebasing: frame[LogFrame.headerSize...]), bigEndian: countsBigEndian)
    return checksum
  }
}

/// The checksum of the log's format: over words of 32 bits, each frame's going on from the one before.
struct LogChecksum: Equatable {
  private(set) var first: UInt32 = 0
  private(set) var second: UInt32 = 0

  init() {}

  init(_ first: UInt32, _ second: UInt32) { (self.first, self.second) = (first, second) }

  mutating func add(_ bytes: UnsafeRawBufferPointer, bigEndian: Bool) {
    for offset in stride(from: 0, to: bytes.count, by: 8) {
      let one = bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)
      let two = bytes.loadUnaligned(fromByteOffset: offset + 4, as: UInt32.self)
      first = first &+ (bigEndian ? UInt32(bigEndian: one) : UInt32(littleEndian: one)) &+ second
      second = second &+ (bigEndian ? UInt32(bigEndian: two) : UInt32(littleEndian: two)) &+ first
    }
  }
}

/// One frame, inside a buffer of frames.
struct LogFrame {
  static let headerSize = 24

  private let bytes: UnsafeRawBufferPointer

  init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

  private func word(at offset: Int) -> UInt32 { UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: offset, as: UInt32.self)) }

  var isCommit: Bool { word(at: 4) != 0 }
  var salts: [UInt32] { [word(at: 8), word(at: 12)] }
  var checksum: LogChecksum { LogChecksum(word(at: 16), word(at: 20)) }

  /// What stands in page 1; nil for any other page.
  var stamp: CommitStamp? {
    guard word(at: 0) == 1 else { return nil }
    return CommitStamp(userVersion: word(at: Self.headerSize + 60), applicationID: word(at: Self.headerSize + 68))
  }
}

extension Array where Element == UInt8 {
  fileprivate var bigEndianWords: [UInt32] {
    withUnsafeBytes { bytes in
      stride(from: 0, to: count, by: 4).map { UInt32(bigEndian: bytes.loadUnaligned(fromByteOffset: $0, as: UInt32.self)) }
    }
  }
}
