import RPC
import Testing

@Suite struct MessageDeframerTests {
  private func deframe(_ pieces: [[UInt8]], limit: Int = 1000) throws -> [[UInt8]] {
    var deframer = MessageDeframer(largestMessageBytes: limit)
    var messages: [[UInt8]] = []
    for piece in pieces {
      try piece.withUnsafeBytes { try deframer.append($0) { messages.append($0.bytes) } }
    }
    #expect(!deframer.isInsideMessage)
    return messages
  }

  @Test func everySplitGivesTheSameMessages() throws {
    let messages: [[UInt8]] = [[1, 2, 3], [], [4], Array(repeating: 5, count: 70)]
    let bytes = messages.flatMap { MessageFrame.frame($0) }
    for split in 0...bytes.count {
      let found = try deframe([Array(bytes[..<split]), Array(bytes[split...])])
      #expect(found == messages)
    }
    let found = try deframe(bytes.map { [$0] })
    #expect(found == messages)
  }

  @Test func aMessageAtTheLimitPassesAndOneAboveDoesNot() throws {
    let found = try deframe([MessageFrame.frame(Array(repeating: 1, count: 10))], limit: 10)
    #expect(found.count == 1)
    let error = #expect(throws: RPCError.self) { try deframe([MessageFrame.frame(Array(repeating: 1, count: 11))], limit: 10) }
    #expect(error?.code == .resourceExhausted)
  }

  @Test func aPrefixThatLiesIsRefusedBeforeItsBytesCome() {
    let error = #expect(throws: RPCError.self) { try deframe([[0, 255, 255, 255, 255]]) }
    #expect(error?.code == .resourceExhausted)
  }

  @Test(arguments: [UInt8(1), 2, 255]) func aCompressedMessageIsRefusedWhenNoEncodingWasAgreedOn(_ flag: UInt8) {
    let error = #expect(throws: RPCError.self) { try deframe([[flag, 0, 0, 0, 1, 0]]) }
    #expect(error?.code == .internalError)
  }

  @Test func aMessageThatIsNotWholeIsKnown() throws {
    var deframer = MessageDeframer(largestMessageBytes: 10)
    try ([0, 0, 0, 0, 5, 1] as [UInt8]).withUnsafeBytes { bytes in try deframer.append(bytes) { _ in } }
    #expect(deframer.isInsideMessage)
  }
}
