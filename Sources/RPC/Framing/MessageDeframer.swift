/// Cuts the body of a stream into messages, whatever the pieces it arrives in.
///
/// A value without I/O. It reserves room for a message only as its bytes arrive, so that a length prefix that lies costs nothing.
package struct MessageDeframer {
  /// Bytes of the largest message that is accepted.
  package let largestMessageBytes: Int
  /// Whether an encoding was agreed on; messages may be compressed then.
  package var takesCompressed = false

  private var prefix: (UInt8, UInt8, UInt8, UInt8, UInt8) = (0, 0, 0, 0, 0)
  private var prefixCount = 0
  private var message: [UInt8] = []
  private var messageLength = 0

  /// Memory reserved at once on the word of a prefix alone.
  private static let largestTrustedReservation = 64 * 1024

  package init(largestMessageBytes: Int) { self.largestMessageBytes = largestMessageBytes }

  /// Bytes of the message that is still arriving.
  package var bufferedBytes: Int { message.count }

  /// Whether the bytes so far end within a message.
  package var isInsideMessage: Bool { prefixCount > 0 }

  /// Takes in a piece of the body and hands out the messages that it completes.
  package mutating func append(_ bytes: UnsafeRawBufferPointer, _ completed: (WireMessage) throws(RPCError) -> Void) throws(RPCError) {
    var rest = bytes[...]
    while !rest.isEmpty {
      if prefixCount < MessageFrame.prefixLength {
        readPrefix(&rest)
        guard prefixCount == MessageFrame.prefixLength else { return }
        try beginMessage()
      }
      let taken = min(messageLength - message.count, rest.count)
      if taken > 0 {
        message.append(contentsOf: UnsafeRawBufferPointer(rebasing: rest.prefix(taken)))
        rest = rest.dropFirst(taken)
      }
      if message.count == messageLength {
        prefixCount = 0
        let whole = message
        message = []
        try completed(WireMessage(whole, isCompressed: prefix.0 == 1))
      }
    }
  }

  private mutating func readPrefix(_ rest: inout Slice<UnsafeRawBufferPointer>) {
    if prefixCount == 0, rest.count >= MessageFrame.prefixLength {
      // Nearly always in one piece; a caller may send a million messages of five bytes.
      let start = rest.startIndex
      prefix = (rest.base[start], rest.base[start + 1], rest.base[start + 2], rest.base[start + 3], rest.base[start + 4])
      prefixCount = MessageFrame.prefixLength
      rest = rest.dropFirst(MessageFrame.prefixLength)
      return
    }
    let taken = min(MessageFrame.prefixLength - prefixCount, rest.count)
    withUnsafeMutableBytes(of: &prefix) { prefix in
      UnsafeMutableRawBufferPointer(rebasing: prefix[prefixCount...]).copyMemory(from: UnsafeRawBufferPointer(rebasing: rest.prefix(taken)))
    }
    prefixCount += taken
    rest = rest.dropFirst(taken)
  }

  private mutating func beginMessage() throws(RPCError) {
    let length = Int(prefix.1) << 24 | Int(prefix.2) << 16 | Int(prefix.3) << 8 | Int(prefix.4)
    switch prefix.0 {
    case 0: break
    case 1 where takesCompressed: break
    case 1: throw RPCError(.internalError, "A message is marked as compressed, but no grpc-encoding was agreed on.")
    default: throw RPCError(.internalError, "The first byte of a message must be 0 or 1.")
    }
    guard length <= largestMessageBytes else {
      throw .messageTooLarge("A message of \(length) bytes is over the limit of \(largestMessageBytes) bytes.")
    }
    messageLength = length
    message.reserveCapacity(min(length, MessageDeframer.largestTrustedReservation))
  }
}
