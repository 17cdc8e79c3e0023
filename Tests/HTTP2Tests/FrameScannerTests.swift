import Testing

@testable import HTTP2

/// Rules about the order of frames, seen from their headers alone.
@Suite(.timeLimit(.minutes(5))) struct FrameScannerTests {
  private func scan(_ frames: [[UInt8]], idleFramesAtMost: Int = 100, pieces size: Int) -> FrameScanner.Violation? {
    var scanner = FrameScanner(isServer: true, idleFramesAtMost: idleFramesAtMost)
    let bytes = RawFrame.preface + frames.flatMap { $0 }
    for start in stride(from: 0, to: bytes.count, by: size) {
      let piece = Array(bytes[start..<min(start + size, bytes.count)])
      if var violation = piece.withUnsafeBytes({ scanner.scan($0) }) {
        violation.offset += start
        return violation
      }
    }
    return nil
  }

  private static let openRequest = RawFrame.frame(type: 1, flags: 0x4, stream: 1, [0x83])
  private static let honest = [
    RawFrame.emptySettings, RawFrame.request(stream: 1), RawFrame.request(stream: 3),
    RawFrame.frame(type: 1, flags: 0x4, stream: 5, [0x83]), RawFrame.frame(type: 0, stream: 5, Array(repeating: 0, count: 500)),
    RawFrame.frame(type: 1, flags: 0x5, stream: 5, []), RawFrame.frame(type: 3, stream: 5, [0, 0, 0, 8]),
  ]

  @Test(arguments: [1, 2, 3, 8, 9, 10, 100, 10_000]) func honestFramesPassInPiecesOfAnySize(_ size: Int) {
    #expect(scan(Self.honest, pieces: size) == nil)
  }

  @Test(arguments: [
    ([RawFrame.request(stream: 5), RawFrame.request(stream: 3)], HTTP2ErrorCode.protocolError),
    ([RawFrame.request(stream: 1), RawFrame.frame(type: 0, stream: 1, [1])], .streamClosed),
    ([RawFrame.request(stream: 1), RawFrame.request(stream: 1)], .streamClosed),
    ([openRequest, RawFrame.frame(type: 3, stream: 1, [0, 0, 0, 8]), RawFrame.frame(type: 0, stream: 1, [1])], .streamClosed),
    ([openRequest, RawFrame.frame(type: 3, stream: 1, [0, 0, 0, 8]), RawFrame.request(stream: 1)], .streamClosed),
  ])
  func theFrameThatBreaksARuleIsTheFirstNotTakenIn(_ frames: [[UInt8]], _ code: HTTP2ErrorCode) {
    let before = RawFrame.preface.count + frames.dropLast().reduce(0) { $0 + $1.count }
    #expect(scan(frames, pieces: 10_000) == FrameScanner.Violation(offset: before, code: code))
    // In pieces the header is whole with its ninth byte.
    #expect(scan(frames, pieces: 1) == FrameScanner.Violation(offset: before + 8, code: code))
  }

  @Test func aWindowUpdateOfZeroIsAProtocolError() {
    let frames = [RawFrame.request(stream: 1), RawFrame.frame(type: 8, stream: 1, [128, 0, 0, 0])]
    let before = RawFrame.preface.count + frames[0].count
    // Known with its last byte, in whatever pieces it comes.
    for pieces in [1, 3, 10_000] {
      #expect(scan(frames, pieces: pieces) == FrameScanner.Violation(offset: before + 12, code: .protocolError))
    }
    #expect(scan([RawFrame.request(stream: 1), RawFrame.frame(type: 8, stream: 1, [0, 0, 0, 1])], pieces: 10_000) == nil)
  }

  @Test func framesWithoutEffectAreCountedUntilOneWithSome() {
    let pings = Array(repeating: RawFrame.frame(type: 6, Array(repeating: 0, count: 8)), count: 10)
    #expect(scan(pings, idleFramesAtMost: 10, pieces: 7) == nil)
    #expect(scan(pings + [RawFrame.request(stream: 1)] + pings, idleFramesAtMost: 10, pieces: 7) == nil)
    #expect(scan(pings + [RawFrame.frame(type: 0xfa)], idleFramesAtMost: 10, pieces: 10_000)?.code == .enhanceYourCalm)
  }

  @Test func anUnfinishedHeaderBlockIsKnownByItsNumber() {
    var scanner = FrameScanner(isServer: true, idleFramesAtMost: 100)
    func take(_ bytes: [UInt8]) -> Int? {
      _ = bytes.withUnsafeBytes { scanner.scan($0) }
      return scanner.unfinishedHeaderBlock
    }
    #expect(take(RawFrame.preface + RawFrame.emptySettings) == nil)
    let whole = RawFrame.request(stream: 1)
    #expect(take(Array(whole.prefix(12))) == 1)
    #expect(take(Array(whole.dropFirst(12))) == nil)
    #expect(take(RawFrame.frame(type: 1, flags: 0, stream: 3, [0x83])) == 2)
    #expect(take(RawFrame.frame(type: 9, flags: 0, stream: 3, [0x86])) == 2)
    #expect(take(RawFrame.frame(type: 9, flags: 4, stream: 3, [0x84])) == nil)
    #expect(take(RawFrame.frame(type: 0, stream: 3, [1])) == nil)
  }

  /// What it remembers has a bound; an old id that was ended passes, and nghttp2 ignores it.
  @Test func oldStreamsAreForgotten() {
    var scanner = FrameScanner(isServer: true, idleFramesAtMost: 100)
    _ = RawFrame.preface.withUnsafeBytes { scanner.scan($0) }
    for number in 0..<10_000 {
      let frame = RawFrame.request(stream: UInt32(number * 4 + 1))
      #expect(frame.withUnsafeBytes { scanner.scan($0) } == nil)
    }
    #expect(scanner.rememberedIDs == 64)
    #expect(RawFrame.frame(type: 0, stream: 1, [1]).withUnsafeBytes { scanner.scan($0) } == nil)
  }
}
