internal import GoogleProto
internal import InteropProto
internal import ProtobufC
internal import RPC

/// Makes the one call that a request of the runner describes, and tells what came of it.
struct ConformanceCall {
  private let request: ConformanceV1.ClientCompatRequest
  private let channel: any RPCChannel

  init(_ request: ConformanceV1.ClientCompatRequest, _ channel: any RPCChannel) {
    self.request = request
    self.channel = channel
  }

  func run() async throws -> ConformanceV1.ClientResponseResult {
    var result = ConformanceV1.ClientResponseResult()
    let messages = request.requestMessages
    let stream: any RPCStream
    do {
      stream = try await channel.open(method, options: options)
    } catch let error as RPCError {
      result.error = ConformanceV1.Error(error)
      result.responseTrailers = error.trailers.asHeaders
      result.numUnsentRequests = Int32(messages.count)
      return result
    }
    do {
      var sent = 0
      defer { result.numUnsentRequests = Int32(messages.count - sent) }
      for message in messages {
        if request.requestDelayMs > 0 { try await Task.sleep(for: .milliseconds(Int64(request.requestDelayMs))) }
        // A call that has ended says by `next` how.
        guard (try? await stream.send(message.value)) != nil else { break }
        sent += 1
        if request.streamType == .fullDuplexBidiStream, try await !receive(from: stream, into: &result) { break }
      }
      try await closeOrCancel(stream)
      while try await receive(from: stream, into: &result) {}
    } catch let error as RPCError {
      result.error = ConformanceV1.Error(error)
    }
    result.responseHeaders = ((try? await stream.metadata()) ?? Metadata()).asHeaders
    result.responseTrailers = stream.trailers.asHeaders
    return result
  }

  /// False at the end of the replies.
  private func receive(from stream: any RPCStream, into result: inout ConformanceV1.ClientResponseResult) async throws -> Bool {
    guard let bytes = try await stream.next() else { return false }
    result.payloads.append(try payload(bytes))
    if case .afterNumResponses(let count)? = request.cancel?.cancelTiming, result.payloads.count == Int(count) { stream.cancel() }
    return true
  }

  private func closeOrCancel(_ stream: any RPCStream) async throws {
    if case .beforeCloseSend? = request.cancel?.cancelTiming { return stream.cancel() }
    try await stream.finish()
    guard let cancel = request.cancel else { return }
    switch cancel.cancelTiming {
    case .afterCloseSendMs(let milliseconds):
      Task {
        try? await Task.sleep(for: .milliseconds(Int64(milliseconds)))
        stream.cancel()
      }
    case nil: stream.cancel()
    case .beforeCloseSend, .afterNumResponses: break
    }
  }

  /// Every method's reply has the payload as its field 1, or nothing.
  private func payload(_ bytes: [UInt8]) throws -> ConformanceV1.ConformancePayload {
    do {
      return try ConformanceV1.UnaryResponse(decoding: bytes).payload ?? ConformanceV1.ConformancePayload()
    } catch {
      throw RPCError(.internalError, "The reply is no valid message.")
    }
  }

  private var method: MethodDescriptor {
    let (name, kind): (String, MethodDescriptor.Kind) =
      switch request.streamType {
      case .clientStream: ("ClientStream", .clientStreaming)
      case .serverStream: ("ServerStream", .serverStreaming)
      case .halfDuplexBidiStream, .fullDuplexBidiStream: ("BidiStream", .bidirectional)
      default: ("Unary", .unary)
      }
    return MethodDescriptor(service: request.service ?? ConformanceHandlers.serviceName, method: request.method ?? name, kind: kind)
  }

  private var options: CallOptions {
    var options = CallOptions(timeout: request.timeoutMs.map { .milliseconds(Int64($0)) })
    if request.compression == .gzip { options.compression = .gzip }
    options.metadata.append(request.requestHeaders)
    return options
  }
}

extension ConformanceV1.Error {
  fileprivate init(_ error: RPCError) {
    let status = StatusDetails.encode(error).flatMap { try? GoogleRPC.Status(decoding: $0) }
    self.init(code: error.code.rawValue, message: error.message, details: status?.details ?? [])
  }
}
