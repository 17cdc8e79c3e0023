import InteropProto
import RPC

// The messages of gRPC's test service. Their namespace is called Testing, which hides the module of that name: hence a file of their own.

/// Requests, framed and complete.
enum TestRequest {
  static func unary(replyBytes: Int32) -> [UInt8] { MessageFrame.frame(Testing.SimpleRequest(responseSize: replyBytes).encoded()) }

  static func streaming(replies: Int, replyBytes: Int32) -> [UInt8] {
    let parameters = [Testing.ResponseParameters](repeating: Testing.ResponseParameters(size: replyBytes), count: replies)
    return MessageFrame.frame(Testing.StreamingOutputCallRequest(responseParameters: parameters).encoded())
  }

  /// A request of so many bytes whose handler sleeps before its first reply.
  static func sleeping(payloadBytes: Int) -> [UInt8] {
    let request = Testing.StreamingOutputCallRequest(
      responseParameters: [Testing.ResponseParameters(size: 1, intervalUs: 600_000_000)],
      payload: Testing.Payload(body: [UInt8](repeating: 0, count: payloadBytes)))
    return MessageFrame.frame(request.encoded())
  }
}

/// The honest client.
struct HonestClient: Sendable {
  let channel: any RPCChannel

  /// - Returns: whether the reply is what was asked for.
  func call() async throws -> Bool {
    let reply = try await Testing.TestServiceClient(channel: channel).unaryCall(
      Testing.SimpleRequest(responseSize: 10), options: CallOptions(timeout: .seconds(120), waitForReady: true))
    return reply.payload?.body.count == 10
  }
}
