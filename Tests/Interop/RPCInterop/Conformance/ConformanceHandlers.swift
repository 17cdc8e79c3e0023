internal import GoogleProto
internal import InteropProto
internal import ProtobufC
internal import RPC

/// The service that the suite's clients call: answers what the request says, and tells what it saw of the request.
struct ConformanceHandlers: ConformanceV1.ConformanceService {
  func unary(_ request: ConformanceV1.UnaryRequest, context: ServerContext) async throws -> ConformanceV1.UnaryResponse {
    ConformanceV1.UnaryResponse(payload: try await answer(request.responseDefinition, [.packing(request)], context))
  }

  func idempotentUnary(
    _ request: ConformanceV1.IdempotentUnaryRequest, context: ServerContext
  ) async throws -> ConformanceV1.IdempotentUnaryResponse {
    ConformanceV1.IdempotentUnaryResponse(payload: try await answer(request.responseDefinition, [.packing(request)], context))
  }

  func clientStream(
    _ requests: RequestStream<ConformanceV1.ClientStreamRequest>, context: ServerContext
  ) async throws -> ConformanceV1.ClientStreamResponse {
    var definition: ConformanceV1.UnaryResponseDefinition?
    var seen: [GoogleProtobuf.`Any`] = []
    for try await request in requests {
      if seen.isEmpty { definition = request.responseDefinition }
      seen.append(.packing(request))
    }
    return ConformanceV1.ClientStreamResponse(payload: try await answer(definition, seen, context))
  }

  func serverStream(
    _ request: ConformanceV1.ServerStreamRequest, context: ServerContext, response: ResponseStream<ConformanceV1.ServerStreamResponse>
  ) async throws {
    var answer = StreamAnswer(request.responseDefinition, context)
    if request.responseDefinition != nil { try await response.sendMetadata() }
    answer.seen = [.packing(request)]
    while let payload = try await answer.nextPayload() { try await response.send(ConformanceV1.ServerStreamResponse(payload: payload)) }
    try answer.finish()
  }

  func bidiStream(
    _ requests: RequestStream<ConformanceV1.BidiStreamRequest>, context: ServerContext,
    response: ResponseStream<ConformanceV1.BidiStreamResponse>
  ) async throws {
    var answer = StreamAnswer(nil, context)
    var isFirst = true
    var isFullDuplex = false
    for try await request in requests {
      if isFirst {
        isFirst = false
        isFullDuplex = request.fullDuplex
        answer = StreamAnswer(request.responseDefinition, context)
        if request.responseDefinition != nil { try await response.sendMetadata() }
      }
      answer.seen.append(.packing(request))
      guard isFullDuplex else { continue }
      guard let payload = try await answer.nextPayload(tellsRequests: true) else { break }
      try await response.send(ConformanceV1.BidiStreamResponse(payload: payload))
      answer.seen = []
    }
    while let payload = try await answer.nextPayload() { try await response.send(ConformanceV1.BidiStreamResponse(payload: payload)) }
    try answer.finish()
  }

  private func answer(
    _ definition: ConformanceV1.UnaryResponseDefinition?, _ seen: [GoogleProtobuf.`Any`], _ context: ServerContext
  ) async throws -> ConformanceV1.ConformancePayload {
    let info = ConformanceV1.RequestInfo(context, seen)
    guard let definition else { return ConformanceV1.ConformancePayload(requestInfo: info) }
    context.responseMetadata.append(definition.responseHeaders)
    context.responseTrailers.append(definition.responseTrailers)
    if definition.responseDelayMs > 0 { try await Task.sleep(for: .milliseconds(Int64(definition.responseDelayMs))) }
    switch definition.response {
    case .error(let error): throw RPCError(error, info)
    case .responseData(let data): return ConformanceV1.ConformancePayload(data: data, requestInfo: info)
    case nil: return ConformanceV1.ConformancePayload(requestInfo: info)
    }
  }
}

/// What a streaming method sends, one payload after the other.
private struct StreamAnswer {
  var seen: [GoogleProtobuf.`Any`] = []
  private let definition: ConformanceV1.StreamResponseDefinition?
  private let context: ServerContext
  private var sent = 0

  init(_ definition: ConformanceV1.StreamResponseDefinition?, _ context: ServerContext) {
    self.definition = definition
    self.context = context
    context.responseMetadata.append(definition?.responseHeaders ?? [])
    context.responseTrailers.append(definition?.responseTrailers ?? [])
  }

  /// - Parameter tellsRequests: whether also a later payload than the first tells of the requests since the last.
  mutating func nextPayload(tellsRequests: Bool = false) async throws -> ConformanceV1.ConformancePayload? {
    guard let definition, sent < definition.responseData.count else { return nil }
    var payload = ConformanceV1.ConformancePayload(data: definition.responseData[sent])
    if sent == 0 {
      payload.requestInfo = ConformanceV1.RequestInfo(context, seen)
    } else if tellsRequests {
      payload.requestInfo = ConformanceV1.RequestInfo(requests: seen)
    }
    if definition.responseDelayMs > 0 { try await Task.sleep(for: .milliseconds(Int64(definition.responseDelayMs))) }
    sent += 1
    return payload
  }

  func finish() throws {
    guard let error = definition?.error else { return }
    throw RPCError(error, sent == 0 ? ConformanceV1.RequestInfo(context, seen) : nil)
  }
}

extension ConformanceV1.RequestInfo {
  fileprivate init(_ context: ServerContext, _ seen: [GoogleProtobuf.`Any`]) {
    self.init(requestHeaders: context.metadata.asHeaders, requests: seen)
    timeoutMs = context.deadline.map { Int64($0.remaining / .milliseconds(1)) }
  }
}

extension RPCError {
  fileprivate init(_ error: ConformanceV1.Error, _ info: ConformanceV1.RequestInfo?) {
    var details = error.details.map { ErrorDetail.other(typeURL: $0.typeUrl, value: $0.value) }
    if let info {
      details.append(
        .other(typeURL: "type.googleapis.com/connectrpc.conformance.v1.ConformancePayload.RequestInfo", value: info.encoded()))
    }
    self.init(StatusCode(rawValue: error.code), error.message ?? "", details: details)
  }
}

extension GoogleProtobuf.`Any` {
  fileprivate static func packing<Message: ProtobufMessage>(_ message: Message) -> GoogleProtobuf.`Any` {
    GoogleProtobuf.`Any`(typeUrl: "type.googleapis.com/\(Message.fullName)", value: message.encoded())
  }
}

extension Metadata {
  mutating func append(_ headers: [ConformanceV1.Header]) {
    for header in headers { for value in header.value { append(header.name, value) } }
  }

  /// Each name once, with its values in order.
  var asHeaders: [ConformanceV1.Header] {
    var headers: [ConformanceV1.Header] = []
    for (name, value) in self {
      if let index = headers.firstIndex(where: { $0.name == name }) {
        headers[index].value.append(value)
      } else {
        headers.append(ConformanceV1.Header(name: name, value: [value]))
      }
    }
    return headers
  }
}
