import NIOCore
import Testing

@testable import RPCTransport

@Suite struct ReadBuffersTests {
  @Test func `a channel keeps its first small buffer and none that takes a burst`() {
    // As NIO's channels hold it, with what maxMessagesPerRead is set to.
    var pool = NIOPooledRecvBufferAllocator(capacity: 1, recvAllocator: ReadBuffers())
    var kept = 0
    for read in 0..<4 {
      let (buffer, _) = pool.buffer(allocator: ByteBufferAllocator()) { _ = $0.writeInteger(UInt8(1)) }
      pool.record(actualReadBytes: buffer.readableBytes)
      if read == 0 { kept = buffer.capacity } else { #expect(buffer.capacity >= 64 * 1024) }
      #expect(pool.count == 1)
    }
    #expect(kept <= 1024)
  }
}
