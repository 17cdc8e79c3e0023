internal import InteropProto
internal import RPC

/// The server of gRPC's interop tests: doc/interop-test-descriptions.md in grpc/grpc, section "Server".
struct TestServiceHandlers: Testing.TestService {
  func emptyCall(_ request: Testing.Empty, context: ServerContext) async throws -> Testing.Empty {
    echoMetadata(context)
    return Testing.Empty()
  }

  func unaryCall(_ request: Testing.SimpleRequest, context: ServerContext) async throws -> Testing.SimpleResponse {
    echoMetadata(context)
    try check(request.expectCompressed, context)
    try fail(as: request.responseStatus)
    if request.responseCompressed?.value == true { context.responseCompression = .gzip }
    return Testing.SimpleResponse(payload: try payload(request.responseSize))
  }

  func cacheableUnaryCall(_ request: Testing.SimpleRequest, context: ServerContext) async throws -> Testing.SimpleResponse {
    context.responseMetadata.append("cache-control", "max-age=60, public")
    return try await unaryCall(request, context: context)
  }

  func streamingOutputCall(
    _ request: Testing.StreamingOutputCallRequest, context: ServerContext, response: ResponseStream<Testing.StreamingOutputCallResponse>
  ) async throws {
    echoMetadata(context)
    try await answer(request, context, response)
  }

  func streamingInputCall(
    _ requests: RequestStream<Testing.StreamingInputCallRequest>, context: ServerContext
  ) async throws -> Testing.StreamingInputCallResponse {
    var size = 0
    for try await request in requests {
      try check(request.expectCompressed, context)
      size += request.payload?.body.count ?? 0
    }
    return Testing.StreamingInputCallResponse(aggregatedPayloadSize: Int32(size))
  }

  func fullDuplexCall(
    _ requests: RequestStream<Testing.StreamingOutputCallRequest>, context: ServerContext,
    response: ResponseStream<Testing.StreamingOutputCallResponse>
  ) async throws {
    echoMetadata(context)
    for try await request in requests { try await answer(request, context, response) }
  }

  func halfDuplexCall(
    _ requests: RequestStream<Testing.StreamingOutputCallRequest>, context: ServerContext,
    response: ResponseStream<Testing.StreamingOutputCallResponse>
  ) async throws {
    var all: [Testing.StreamingOutputCallRequest] = []
    for try await request in requests { all.append(request) }
    for request in all { try await answer(request, context, response) }
  }

  // MARK: Parts

  private func answer(
    _ request: Testing.StreamingOutputCallRequest, _ context: ServerContext, _ response: ResponseStream<Testing.StreamingOutputCallResponse>
  ) async throws {
    try fail(as: request.responseStatus)
    if request.responseParameters.contains(where: { $0.compressed?.value == true }) { context.responseCompression = .gzip }
    for parameters in request.responseParameters {
      if parameters.intervalUs > 0 { try await Task.sleep(for: .microseconds(Int64(parameters.intervalUs))) }
      let reply = Testing.StreamingOutputCallResponse(payload: try payload(parameters.size))
      try await response.send(reply, compress: parameters.compressed?.value == true)
    }
  }

  private func payload(_ size: Int32) throws -> Testing.Payload {
    guard size >= 0 else { throw RPCError(.invalidArgument, "A payload has no negative size.") }
    return Testing.Payload(body: [UInt8](repeating: 0, count: Int(size)))
  }

  private func fail(as status: Testing.EchoStatus?) throws {
    guard let status, status.code != 0 else { return }
    throw RPCError(StatusCode(rawValue: status.code), status.message)
  }

  private func check(_ expectation: Testing.BoolValue?, _ context: ServerContext) throws {
    guard let expectation, expectation.value != context.requestIsCompressed else { return }
    throw RPCError(.invalidArgument, "The request was \(context.requestIsCompressed ? "" : "not ")compressed.")
  }

  private func echoMetadata(_ context: ServerContext) {
    for value in context.metadata.values(EchoKeys.initial) { context.responseMetadata.append(EchoKeys.initial, value) }
    for value in context.metadata.binaryValues(EchoKeys.trailing) { context.responseTrailers.append(EchoKeys.trailing, binary: value) }
  }
}

/// Metadata that the server gives back.
enum EchoKeys {
  static let initial = "x-grpc-test-echo-initial"
  static let trailing = "x-grpc-test-echo-trailing-bin"
}
