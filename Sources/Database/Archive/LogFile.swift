import Foundation

/// The log beside a database, read with plain reads. While a read mark is held (`ReadMarks`) nothing in it that is committed is overwritten; what
/// is just being written has no valid checksum yet.
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

  /// Frames up to the last commit whose checksums hold: what SQLite's recovery finds when it opens the database. Begins after `known` of
  /// them, the last of which has `checksum`.
  func committedFrames(after known: Int = 0, _ checksum: LogChecksum? = nil) -> Int {
    var checksum = checksum ?? header.checksum
    var committed = known
    var number = known
    while let bytes = frames(number..<number + 1) {
      let (isValid, isCommit) = bytes.withUnsafeBytes { bytes in
        let frame = LogFrame(bytes)
        guard frame.salts == header.salts else { return (false, false) }
        checksum = header.checksum(after: bytes, checksum)
        return (frame.checksum == checksum, frame.isCommit)
      }
      guard isValid else { break }
      number += 1
      if isCommit { committed = number }
    }
    return committed
  }

  /// Puts on disk what stands in it, whoever wrote it: what is shipped must not be lost where it came from.
  func sync() throws {
    guard fdatasync(descriptor) == 0 else { throw FileFailure(errno) }
  }

  /// Of the log beside a database, in bytes.
  static func size(of path: String) -> Int {
    var status = stat()
    return stat(path + "-wal", &status) == 0 ? Int(status.st_size) : 0
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
