public import ProtobufC

/// Typed messages to and from the bytes of the wire.
@usableFromInline
package enum CallCodec {
  /// A request that does not decode is its sender's fault.
  @inlinable
  package static func decodeRequest<Message: ProtobufMessage>(_ bytes: [UInt8]) throws -> Message {
    do {
      return try bytes.withUnsafeBytes { try Message(decoding: $0) }
    } catch {
      throw malformedRequest(Message.fullName)
    }
  }

  /// A reply that does not decode is a fault between the two programs, not of this call's arguments.
  @inlinable
  package static func decodeReply<Message: ProtobufMessage>(_ bytes: [UInt8]) throws -> Message {
    do {
      return try bytes.withUnsafeBytes { try Message(decoding: $0) }
    } catch {
      throw malformedReply(Message.fullName)
    }
  }

  /// Encodes with room for the frame's prefix in front, so that the message is not copied once more.
  @inlinable
  package static func frame<Message: ProtobufMessage>(_ message: Message) -> [UInt8] {
    var bytes = message.encode(reservingPrefix: MessageFrame.prefixLength)
    MessageFrame.writePrefix(into: &bytes)
    return bytes
  }

  @usableFromInline
  static func malformedRequest(_ name: String) -> RPCError {
    RPCError(.invalidArgument, "The request is no valid \(name).", reason: "REQUEST_MALFORMED", domain: RPCError.domainOfRuntime)
  }

  @usableFromInline
  static func malformedReply(_ name: String) -> RPCError { RPCError(.internalError, "The reply is no valid \(name).") }
}
