internal import NIOCore

/// Gives each read of a channel a buffer that goes with what was read, so that a silent connection holds none.
///
/// NIO keeps a channel's first buffer for as long as the channel, and uses it again unless it hears here that the next may be larger. So the
/// first is no larger than what comes first, a preface and settings, and the others, which take a burst of calls, are not kept. 10,000 idle
/// connections cost 64 KiB more each with one buffer of that size for each (make bench-rpc). Goes with `maxMessagesPerRead` 1: NIO keeps as
/// many buffers as it reads in a row.
struct ReadBuffers: RecvByteBufferAllocator {
  private static let firstBytes = 512
  private static let burstBytes = 64 * 1024

  private var hasRead = false

  func buffer(allocator: ByteBufferAllocator) -> ByteBuffer {
    allocator.buffer(capacity: hasRead ? ReadBuffers.burstBytes : ReadBuffers.firstBytes)
  }

  /// - Returns: whether the next buffer may be larger than this one was.
  mutating func record(actualReadBytes: Int) -> Bool {
    hasRead = true
    return true
  }

  /// None: a size would have NIO keep the buffers.
  mutating func nextBufferSize() -> Int? { nil }
}
