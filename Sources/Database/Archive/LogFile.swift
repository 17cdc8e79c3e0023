import Foundation

/// The log beside a database, read with plain reads. Whoever holds a read mark may rely on it: nothing that is committed is overwritten.
struct LogFile: ~Copyable {
  let header: LogHeader
  private let descriptor: Int32

  /// Nil where there is no log, or one without a header, which is one without a commit.
  init?(of path: String) {
    descriptor = Foundation.open(path + "-wal", O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { return nil }
    guard let bytes = Self.read(descriptor, LogHeader.size, at: 0), let header = LogHeader(bytes) else {
      Foundation.close(descriptor)
      return nil
    }
    self.header = header
  }

  deinit { Foundation.close(descriptor) }

  /// Nil where the file is shorter.
  func frames(_ range: Range<Int>) -> [UInt8]? {
    Self.read(descriptor, range.count * header.frameSize, at: LogHeader.size + range.lowerBound * header.frameSize)
  }

  /// Frames up to the last commit whose checksums hold: what SQLite finds when it opens the database.
  static func committedFrames(of path: String) -> Int {
    guard let log = LogFile(of: path) else { return 0 }
    var checksum = log.header.checksum
    var committed = 0
    var number = 0
    while let bytes = log.frames(number..<number + 1) {
      let (isValid, isCommit) = bytes.withUnsafeBytes { bytes in
        let frame = LogFrame(bytes)
        checksum = log.header.checksum(after: bytes, checksum)
        return (frame.salts == log.header.salts && frame.checksum == checksum, frame.isCommit)
      }
      guard isValid else { break }
      number += 1
      if isCommit { committed = number }
    }
    return committed
  }

  private static func read(_ descriptor: Int32, _ count: Int, at offset: Int) -> [UInt8]? {
    var filled = 0
    let bytes = [UInt8](unsafeUninitializedCapacity: count) { buffer, initialized in
      while filled < count {
        let got = pread(descriptor, buffer.baseAddress! + filled, count - filled, off_t(offset + filled))
        if got < 0, errno == EINTR { continue }
        guard got > 0 else { break }
        filled += got
      }
      initialized = filled
    }
    return filled == count ? bytes : nil
  }
}
