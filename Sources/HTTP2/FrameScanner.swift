/// Watches the order of the peer's frames by their nine-byte headers, for the rules that nghttp2 leaves out or forgets.
///
/// - Frames without effect are counted: nghttp2 answers or skips any number of them, and of unknown types it says nothing.
/// - nghttp2 ignores HEADERS on an id below the highest, since they may be trailers that crossed a reset on the wire. That is so only for
///   an id that was once opened: one that was skipped is closed by the first use of a higher one, and using it is a connection error
///   (RFC 9113 section 5.1.1).
/// - nghttp2 ignores DATA and HEADERS on a stream that is closed and forgotten, as one must that has reset the stream itself. A peer that
///   ended the stream by END_STREAM or RST_STREAM cannot have any under way (section 5.1, "closed"). nghttp2 could keep closed streams
///   to tell, at some 300 bytes for each of a thousand on every connection; here the latest few ids do.
struct FrameScanner {
  /// Where a rule is broken: the frame that begins at `offset` is not to be taken in, nor what follows it.
  struct Violation: Equatable {
    var offset: Int
    var code: HTTP2ErrorCode
  }

  /// Frames without effect since the last one with some, of either side.
  var idleFrames = 0

  /// The number of the header block that has begun and is not whole, counted from the first; nil between blocks.
  var unfinishedHeaderBlock: Int? { isInHeaderBlock && (awaitsContinuation || bytesToSkip > 0) ? headerBlocks : nil }
  private var headerBlocks = 0
  /// Whether the latest frame belongs to a header block.
  private var isInHeaderBlock = false
  private var awaitsContinuation = false

  private let opensStreams: Bool
  private let idleFramesAtMost: Int
  /// Bytes of the client's preface, or of the frame's payload, that are still to be passed over.
  private var bytesToSkip: Int
  /// What a WINDOW_UPDATE says, as far as it has come; nil in other frames.
  private var increment: UInt32?
  /// A header that came in pieces.
  private var partial: [UInt8] = []
  private var highestID: UInt32 = 0
  private var skipped: [ClosedRange<UInt32>] = []
  private var ended: [UInt32] = []
  private var oldestEnded = 0
  /// Ids and ranges of ids that are kept; at most 64.
  var rememberedIDs: Int { skipped.count + ended.count }

  private static let headerBytes = 9
  private static let prefaceBytes = 24
  private static let skippedRangesKept = 32
  private static let endedIDsKept = 32

  /// - Parameter isServer: whether the peer is a client, which sends a preface and opens streams.
  init(isServer: Bool, idleFramesAtMost: Int) {
    opensStreams = isServer
    bytesToSkip = isServer ? FrameScanner.prefaceBytes : 0
    self.idleFramesAtMost = idleFramesAtMost
  }

  /// Looks at the next bytes, in pieces of any size.
  mutating func scan(_ bytes: UnsafeRawBufferPointer) -> Violation? {
    var offset = 0
    while offset < bytes.count {
      if bytesToSkip > 0 {
        let passed = min(bytesToSkip, bytes.count - offset)
        if increment != nil, hasZeroIncrement(bytes[offset..<offset + passed]) {
          // nghttp2 acts on no frame before it has the last byte.
          return Violation(offset: offset + passed - 1, code: .protocolError)
        }
        bytesToSkip -= passed
        offset += passed
        continue
      }
      if partial.isEmpty, bytes.count - offset >= FrameScanner.headerBytes {
        let header = UnsafeRawBufferPointer(rebasing: bytes[offset..<offset + FrameScanner.headerBytes])
        if let code = check(header) { return Violation(offset: offset, code: code) }
        offset += FrameScanner.headerBytes
        continue
      }
      partial.append(bytes[offset])
      offset += 1
      guard partial.count == FrameScanner.headerBytes else { continue }
      let header = partial
      partial = []
      // The first bytes of this header have been taken in already; nghttp2 acts on none before it has all nine.
      if let code = header.withUnsafeBytes({ check($0) }) { return Violation(offset: offset - 1, code: code) }
    }
    return nil
  }

  /// A WINDOW_UPDATE of zero is wrong whatever the state of its stream (section 6.9); nghttp2 ignores it on one that has just closed.
  private mutating func hasZeroIncrement(_ payload: Slice<UnsafeRawBufferPointer>) -> Bool {
    for byte in payload { increment = increment.map { $0 << 8 | UInt32(byte) } }
    return payload.count == bytesToSkip && increment.map { $0 & 0x7fff_ffff } == 0
  }

  private mutating func check(_ header: UnsafeRawBufferPointer) -> HTTP2ErrorCode? {
    let length = Int(header[0]) << 16 | Int(header[1]) << 8 | Int(header[2])
    let (type, flags) = (header[3], header[4])
    let id = header.loadUnaligned(fromByteOffset: 5, as: UInt32.self).bigEndian & 0x7fff_ffff
    bytesToSkip = length
    increment = type == FrameType.windowUpdate && length == 4 ? 0 : nil
    let isHeaders = type == FrameType.headers
    let isData = type == FrameType.data
    isInHeaderBlock = isHeaders || type == FrameType.continuation
    if isHeaders { headerBlocks += 1 }
    if isInHeaderBlock { awaitsContinuation = flags & FrameType.endHeaders == 0 }
    if isHeaders || (isData && length > 0) {
      idleFrames = 0
    } else {
      idleFrames += 1
      if idleFrames > idleFramesAtMost { return .enhanceYourCalm }
    }
    guard opensStreams else { return nil }
    let isNew = isHeaders && id > highestID
    if isHeaders, isSkipped(id) { return .protocolError }
    if isHeaders && !isNew || isData, ended.contains(id) { return .streamClosed }
    if type == FrameType.reset || (isHeaders || isData) && flags & FrameType.endStream != 0 { remember(id) }
    return nil
  }

  /// Notes HEADERS on this id; true when they open a stream that the peer had skipped. Even ids are not the peer's to open: nghttp2 says so.
  private mutating func isSkipped(_ id: UInt32) -> Bool {
    guard id % 2 == 1 else { return false }
    guard id > highestID else { return skipped.contains { $0.contains(id) } }
    let next = highestID == 0 ? 1 : highestID + 2
    if next < id {
      if skipped.count == FrameScanner.skippedRangesKept { skipped.removeFirst() }
      skipped.append(next...(id - 2))
    }
    highestID = id
    return false
  }

  private mutating func remember(_ id: UInt32) {
    if ended.count < FrameScanner.endedIDsKept {
      ended.append(id)
    } else {
      ended[oldestEnded] = id
      oldestEnded = (oldestEnded + 1) % FrameScanner.endedIDsKept
    }
  }
}

/// RFC 9113 section 6.
private enum FrameType {
  static let data: UInt8 = 0
  static let headers: UInt8 = 1
  static let reset: UInt8 = 3
  static let windowUpdate: UInt8 = 8
  static let continuation: UInt8 = 9
  static let endStream: UInt8 = 0x1
  static let endHeaders: UInt8 = 0x4
}
