import Testing

@testable import HTTP2

@Suite(.timeLimit(.minutes(5))) struct OutboundQueueTests {
  /// Whatever is appended and read in whatever pieces, bytes come out in order and none is lost.
  @Test(arguments: [UInt64(1), 2, 3, 4, 5]) func bytesComeOutInOrder(_ seed: UInt64) {
    var state = seed
    func random(_ below: Int) -> Int {
      state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
      return Int(state >> 33) % below
    }
    var queue = OutboundQueue()
    var (appended, read): ([UInt8], [UInt8]) = ([], [])
    for _ in 0..<3000 {
      for _ in 0..<random(4) {
        let chunk = (0..<random(50)).map { _ in UInt8(random(256)) }
        queue.append(chunk)
        appended += chunk
      }
      var buffer = [UInt8](repeating: 0, count: random(120))
      let length = buffer.withUnsafeMutableBytes { queue.read(into: $0) }
      #expect(length == min(buffer.count, appended.count - read.count))
      read += buffer.prefix(length)
      #expect(queue.count == appended.count - read.count, "seed \(seed)")
    }
    var buffer = [UInt8](repeating: 0, count: queue.count)
    _ = buffer.withUnsafeMutableBytes { queue.read(into: $0) }
    #expect(queue.isEmpty)
    #expect(read + buffer == appended, "seed \(seed)")
  }
}
