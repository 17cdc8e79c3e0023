package import ProtobufC

/// Typed messages to and from the bytes of the wire.
package enum CallCodec {
  /// A request that does not decode is its sender's fault.
  package static func decodeRequest<Message: ProtobufMessage>(_ bytes: [UInt8]) throws -> Message {
    do {
      return try bytes.withUnsafeBytes { try Message(decoding: $0) }
    } catch {
      throw RPCError(
        .invalidArgument, "The request is no valid \(Message.fullName).", reason: "REQUEST_MALFORMED", domain: RPCError.domainOfRuntime)
    }
  }

  /// A reply that does not decode is a fault between the two programs, not of this call's arguments.
  package static func decodeReply<Message: ProtobufMessage>(_ bytes: [UInt8]) throws -> Message {
    do {
      return try bytes.withUnsafeBytes { try Message(decoding: $0) }
    } catch {
      throw RPCError(.internalError, "The reply is no valid \(Message.fullName).")
    }
  }

  /// Encodes with room for the frame's prefix in front, so that the message is not copied once more.
  package static func frame<Message: ProtobufMessage>(_ message: Message) -> [UInt8] {
    var bytes = message.encode(reservingPrefix: MessageFrame.prefixLength)
    MessageFrame.writePrefix(into: &bytes)
    return bytes
  }
}
