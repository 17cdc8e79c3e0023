import Foundation
import GRPCCore
import GRPCProtobuf

/// `bench.Echo`, registered as the generator's code would register it.
struct EchoService: RegistrableRPCService {
  private static let service = ServiceDescriptor(fullyQualifiedService: "bench.Echo")

  func registerMethods<Transport: ServerTransport>(with router: inout RPCRouter<Transport>) {
    router.registerHandler(
      forMethod: MethodDescriptor(service: Self.service, method: "Unary"),
      deserializer: ProtobufDeserializer<EchoMessage>(), serializer: ProtobufSerializer<EchoMessage>()
    ) { request, _ in
      let request = try await ServerRequest(stream: request)
      return StreamingServerResponse(single: ServerResponse(message: Self.echo(request.message)))
    }
    router.registerHandler(
      forMethod: MethodDescriptor(service: Self.service, method: "ServerStream"),
      deserializer: ProtobufDeserializer<EchoStreamRequest>(), serializer: ProtobufSerializer<EchoMessage>()
    ) { request, _ in
      let request = try await ServerRequest(stream: request)
      return StreamingServerResponse { writer in
        try await Self.stream(request.message, to: writer)
        return [:]
      }
    }
  }

  private static func echo(_ request: EchoMessage) -> EchoMessage {
    var reply = EchoMessage()
    reply.id = request.id
    reply.amount = request.amount
    reply.payload = request.payload
    return reply
  }

  private static func stream(_ request: EchoStreamRequest, to writer: RPCWriter<EchoMessage>) async throws {
    var message = EchoMessage()
    message.id = "stream"
    message.payload = Data(repeating: UInt8(ascii: "x"), count: Int(max(0, request.size)))
    for number in 0..<max(0, request.count) {
      message.amount = Int64(number)
      try await writer.write(message)
    }
  }
}
