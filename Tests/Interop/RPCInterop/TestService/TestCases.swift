internal import InteropProto
internal import RPC
internal import RPCTransport

/// The client of gRPC's interop tests: doc/interop-test-descriptions.md in grpc/grpc. Those that need Google's authentication, load
/// reports or a proxy are left out.
struct TestCases {
  let channel: any RPCChannel
  var stub: Testing.TestServiceClient { Testing.TestServiceClient(channel: channel) }

  static let all: [(name: String, run: @Sendable (TestCases) async throws -> Void)] = [
    ("empty_unary", { try await $0.emptyUnary() }),
    ("large_unary", { try await $0.largeUnary() }),
    ("client_compressed_unary", { try await $0.clientCompressedUnary() }),
    ("server_compressed_unary", { try await $0.serverCompressedUnary() }),
    ("client_streaming", { try await $0.clientStreaming() }),
    ("client_compressed_streaming", { try await $0.clientCompressedStreaming() }),
    ("server_streaming", { try await $0.serverStreaming() }),
    ("server_compressed_streaming", { try await $0.serverCompressedStreaming() }),
    ("ping_pong", { try await $0.pingPong() }),
    ("empty_stream", { try await $0.emptyStream() }),
    ("custom_metadata", { try await $0.customMetadata() }),
    ("status_code_and_message", { try await $0.statusCodeAndMessage() }),
    ("special_status_message", { try await $0.specialStatusMessage() }),
    ("unimplemented_method", { try await $0.unimplementedMethod() }),
    ("unimplemented_service", { try await $0.unimplementedService() }),
    ("cancel_after_begin", { try await $0.cancelAfterBegin() }),
    ("cancel_after_first_response", { try await $0.cancelAfterFirstResponse() }),
    ("timeout_on_sleeping_server", { try await $0.timeoutOnSleepingServer() }),
    ("rpc_soak", { try await $0.soak() }),
  ]

  static let largeRequest = 271_828
  static let largeResponse = 314_159
  static let requestSizes = [27_182, 8, 1_828, 45_904]
  static let responseSizes = [31_415, 9, 2_653, 58_979]

  func payload(_ size: Int) -> Testing.Payload { Testing.Payload(body: [UInt8](repeating: 0, count: size)) }

  func streamingRequest(_ responseSize: Int, _ requestSize: Int) -> Testing.StreamingOutputCallRequest {
    Testing.StreamingOutputCallRequest(
      responseParameters: [Testing.ResponseParameters(size: Int32(responseSize))], payload: payload(requestSize))
  }
}

struct InteropFailure: Error, CustomStringConvertible {
  let description: String
}

func expect(_ isRight: Bool, _ text: @autoclosure () -> String) throws {
  if !isRight { throw InteropFailure(description: text()) }
}

func expect<Value>(_ code: StatusCode, message: String? = nil, of call: () async throws -> Value) async throws {
  do {
    _ = try await call()
  } catch let error as RPCError {
    try expect(error.code == code, "the status was \(error) and not \(code)")
    if let message { try expect(error.message == message, "the message was \(error.message.debugDescription)") }
    return
  }
  throw InteropFailure(description: "the status was OK and not \(code)")
}

// MARK: Unary

extension TestCases {
  func emptyUnary() async throws {
    try expect(try await stub.emptyCall(Testing.Empty()) == Testing.Empty(), "a reply that is not empty")
  }

  func largeUnary() async throws {
    let reply = try await stub.unaryCall(
      Testing.SimpleRequest(responseSize: Int32(Self.largeResponse), payload: payload(Self.largeRequest)))
    try expect(reply.payload?.body.count == Self.largeResponse, "a payload of \(reply.payload?.body.count ?? 0) bytes")
  }

  func clientCompressedUnary() async throws {
    let wantsCompressed = Testing.SimpleRequest(
      responseSize: Int32(Self.largeResponse), payload: payload(Self.largeRequest), expectCompressed: Testing.BoolValue(value: true))
    try await expect(.invalidArgument) { try await stub.unaryCall(wantsCompressed) }
    let packed = try await stub.unaryCall(wantsCompressed, options: CallOptions(compression: .gzip))
    try expect(packed.payload?.body.count == Self.largeResponse, "a payload of another size")
    var wantsPlain = wantsCompressed
    wantsPlain.expectCompressed = Testing.BoolValue(value: false)
    let plain = try await stub.unaryCall(wantsPlain)
    try expect(plain.payload?.body.count == Self.largeResponse, "a payload of another size")
  }

  func serverCompressedUnary() async throws {
    for isWanted in [true, false] {
      let request = Testing.SimpleRequest(
        responseSize: Int32(Self.largeResponse), payload: payload(Self.largeRequest), responseCompressed: Testing.BoolValue(value: isWanted)
      )
      let reply = try await channel.unary(Testing.TestServiceMethods.unaryCall, request: request.encoded(), options: CallOptions())
      try expect(reply.isCompressed == isWanted, "compressed: \(reply.isCompressed), wanted: \(isWanted)")
      let message = try Testing.SimpleResponse(decoding: reply.message)
      try expect(message.payload?.body.count == Self.largeResponse, "a payload of another size")
    }
  }

  func statusCodeAndMessage() async throws {
    try await expectStatus("test status message")
  }

  func specialStatusMessage() async throws {
    try await expectStatus("\t\ntest with whitespace\r\nand Unicode BMP ☺ and non-BMP 😈\t\n")
  }

  private func expectStatus(_ message: String) async throws {
    let status = Testing.EchoStatus(code: 2, message: message)
    try await expect(.unknown, message: message) { try await stub.unaryCall(Testing.SimpleRequest(responseStatus: status)) }
    let call = try await stub.fullDuplexCall()
    try await call.send(Testing.StreamingOutputCallRequest(responseStatus: status))
    try await call.finish()
    try await expect(.unknown, message: message) { for try await _ in call.replies {} }
  }

  func unimplementedMethod() async throws {
    let method = MethodDescriptor(service: "grpc.testing.TestService", method: "UnimplementedCall", kind: .unary)
    try await expect(.unimplemented) { try await channel.unary(method, request: [], options: CallOptions()) }
  }

  func unimplementedService() async throws {
    let method = MethodDescriptor(service: "grpc.testing.UnimplementedService", method: "UnimplementedCall", kind: .unary)
    try await expect(.unimplemented) { try await channel.unary(method, request: [], options: CallOptions()) }
  }

  func soak() async throws {
    for _ in 0..<200 {
      let request = Testing.SimpleRequest(responseSize: Int32(Self.largeResponse), payload: payload(Self.largeRequest))
      let reply = try await stub.unaryCall(request, options: CallOptions(timeout: .seconds(10)))
      try expect(reply.payload?.body.count == Self.largeResponse, "a payload of another size")
    }
  }
}

// MARK: Streaming

extension TestCases {
  func clientStreaming() async throws {
    let call = try await stub.streamingInputCall()
    for size in Self.requestSizes { try await call.send(Testing.StreamingInputCallRequest(payload: payload(size))) }
    let reply = try await call.reply()
    try expect(reply.aggregatedPayloadSize == 74_922, "an aggregated size of \(reply.aggregatedPayloadSize)")
  }

  func clientCompressedStreaming() async throws {
    let expectsCompressed = Testing.StreamingInputCallRequest(
      payload: payload(27_182), expectCompressed: Testing.BoolValue(value: true))
    let probe = try await stub.streamingInputCall()
    // The server may have refused before all is sent.
    try? await probe.send(expectsCompressed)
    try await expect(.invalidArgument) { try await probe.reply() }
    let call = try await stub.streamingInputCall(options: CallOptions(compression: .gzip))
    try await call.send(expectsCompressed)
    try await call.send(
      Testing.StreamingInputCallRequest(payload: payload(45_904), expectCompressed: Testing.BoolValue(value: false)), compress: false)
    let reply = try await call.reply()
    try expect(reply.aggregatedPayloadSize == 73_086, "an aggregated size of \(reply.aggregatedPayloadSize)")
  }

  func serverStreaming() async throws {
    let request = Testing.StreamingOutputCallRequest(
      responseParameters: Self.responseSizes.map { Testing.ResponseParameters(size: Int32($0)) })
    var sizes: [Int] = []
    for try await reply in try await stub.streamingOutputCall(request) { sizes.append(reply.payload?.body.count ?? 0) }
    try expect(sizes == Self.responseSizes, "replies of \(sizes) bytes")
  }

  func serverCompressedStreaming() async throws {
    let wanted = [(31_415, true), (92_653, false)]
    let request = Testing.StreamingOutputCallRequest(
      responseParameters: wanted.map { Testing.ResponseParameters(size: Int32($0), compressed: Testing.BoolValue(value: $1)) })
    let replies = try await stub.streamingOutputCall(request)
    var iterator = replies.makeAsyncIterator()
    for (size, isCompressed) in wanted {
      let reply = try await iterator.next()
      try expect(reply?.payload?.body.count == size, "a reply of \(reply?.payload?.body.count ?? 0) bytes")
      try expect(replies.replyIsCompressed == isCompressed, "compressed: \(replies.replyIsCompressed), wanted: \(isCompressed)")
    }
    try expect(try await iterator.next() == nil, "a reply too many")
  }

  func pingPong() async throws {
    let call = try await stub.fullDuplexCall()
    var replies = call.replies.makeAsyncIterator()
    for (requestSize, responseSize) in zip(Self.requestSizes, Self.responseSizes) {
      try await call.send(streamingRequest(responseSize, requestSize))
      let reply = try await replies.next()
      try expect(reply?.payload?.body.count == responseSize, "a reply of \(reply?.payload?.body.count ?? 0) bytes")
    }
    try await call.finish()
    try expect(try await replies.next() == nil, "a reply too many")
  }

  func emptyStream() async throws {
    let call = try await stub.fullDuplexCall()
    try await call.finish()
    for try await _ in call.replies { throw InteropFailure(description: "a reply to nothing") }
  }

  func customMetadata() async throws {
    let binary: [UInt8] = [0xab, 0xab, 0xab]
    var options = CallOptions()
    options.metadata.append(EchoKeys.initial, "test_initial_metadata_value")
    options.metadata.append(EchoKeys.trailing, binary: binary)
    let request = Testing.SimpleRequest(responseSize: Int32(Self.largeResponse), payload: payload(Self.largeRequest))
    let reply = try await channel.unary(Testing.TestServiceMethods.unaryCall, request: request.encoded(), options: options)
    try expect(reply.metadata[EchoKeys.initial] == "test_initial_metadata_value", "the initial metadata did not come back")
    try expect(reply.trailers.binary(EchoKeys.trailing) == binary, "the trailing metadata did not come back")
    let call = try await stub.fullDuplexCall(options: options)
    try await call.send(streamingRequest(Self.largeResponse, Self.largeRequest))
    try await call.finish()
    let replies = call.replies
    for try await _ in replies {}
    let metadata = try await replies.metadata
    try expect(metadata[EchoKeys.initial] == "test_initial_metadata_value", "the initial metadata did not come back on the stream")
    try expect(replies.trailers.binary(EchoKeys.trailing) == binary, "the trailing metadata did not come back on the stream")
  }

  func cancelAfterBegin() async throws {
    let call = try await stub.streamingInputCall()
    call.cancel()
    try await expect(.cancelled) { try await call.reply() }
  }

  func cancelAfterFirstResponse() async throws {
    let call = try await stub.fullDuplexCall()
    var replies = call.replies.makeAsyncIterator()
    try await call.send(streamingRequest(31_415, 27_182))
    try expect(try await replies.next()?.payload?.body.count == 31_415, "a reply of another size")
    call.cancel()
    try await expect(.cancelled) { while try await replies.next() != nil {} }
  }

  func timeoutOnSleepingServer() async throws {
    try await expect(.deadlineExceeded) {
      let call = try await stub.fullDuplexCall(options: CallOptions(timeout: .milliseconds(1)))
      try await call.send(Testing.StreamingOutputCallRequest(payload: payload(27_182)))
      for try await _ in call.replies {}
    }
  }
}
