import RPC
import Testing

@Suite struct GzipTests {
  @Test(arguments: [0, 1, 100, 65_535, 65_536, 1_000_000]) func whatIsDeflatedComesBack(_ count: Int) throws {
    let message = (0..<count).map { UInt8(truncatingIfNeeded: $0 &* 2_654_435_761 >> 7) }
    let packed = message.withUnsafeBytes { Gzip.deflate($0) }
    #expect(try Gzip.inflate(packed, limit: count) == message)
    let two = packed + packed
    #expect(try Gzip.inflate(two, limit: 2 * count) == message + message)
  }

  @Test func aMessageOverTheLimitIsRefusedAndOneAtItIsNot() throws {
    let message = [UInt8](repeating: 7, count: 3_000_000)
    let packed = message.withUnsafeBytes { Gzip.deflate($0) }
    #expect(try Gzip.inflate(packed, limit: 3_000_000).count == 3_000_000)
    for limit in [0, 1, 1000, 2_999_999] {
      let error = #expect(throws: RPCError.self) { try Gzip.inflate(packed, limit: limit) }
      #expect(error?.code == .resourceExhausted)
    }
  }

  @Test func everyCutAndEveryChangedByteIsNoticed() throws {
    let message = Array("a message that is worth packing, packing, packing".utf8)
    let packed = message.withUnsafeBytes { Gzip.deflate($0) }
    for length in 0..<packed.count {
      #expect(throws: RPCError.self) { try Gzip.inflate(Array(packed[..<length]), limit: 1000) }
    }
    for index in packed.indices {
      var changed = packed
      changed[index] ^= 0x55
      // A few bytes of the header say nothing of the content: the time, the system.
      if let result = try? Gzip.inflate(changed, limit: 1000) { #expect(result == message) }
    }
    #expect(throws: RPCError.self) { try Gzip.inflate(packed + [1], limit: 1000) }
  }
}
