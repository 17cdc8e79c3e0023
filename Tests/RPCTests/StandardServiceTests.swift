import GoogleProto
import PatronAPI
import ProtobufC
import RPC
import Synchronization
import Testing

/// Health and reflection, called as a server calls them.
@Suite struct StandardServiceTests {
  @Test func healthTellsWhatWasSet() async throws {
    let health = HealthService()
    health.set("", .serving)
    health.set("a.B", .notServing)
    #expect(try await check(health, "") == .serving)
    #expect(try await check(health, "a.B") == .notServing)
    health.set("a.B", .serving)
    #expect(try await check(health, "a.B") == .serving)
    let error = await #expect(throws: RPCError.self) { try await check(health, "x.Y") }
    #expect(error?.code == .notFound)
    health.shutDown()
    #expect(try await check(health, "") == .notServing)
    health.set("", .serving)
    #expect(try await check(health, "") == .notServing)
  }

  @Test func aWatchTellsEachChangeAndEndsWithTheServer() async throws {
    let health = HealthService()
    let exchange = RecordedExchange()
    let method = try #require(health.methods.first { $0.descriptor.method == "Watch" })
    let watcher = Task {
      try await method.handle(HealthV1.HealthCheckRequest(service: "a.B").encoded(), exchange)
    }
    #expect(try await exchange.next(HealthV1.HealthCheckResponse.self).status == .serviceUnknown)
    health.set("a.B", .serving)
    #expect(try await exchange.next(HealthV1.HealthCheckResponse.self).status == .serving)
    health.set("other", .notServing)
    health.set("a.B", .notServing)
    #expect(try await exchange.next(HealthV1.HealthCheckResponse.self).status == .notServing)
    health.shutDown()
    let error = await #expect(throws: RPCError.self) { try await watcher.value }
    #expect(error?.code == .unavailable)
  }

  private func check(_ health: HealthService, _ service: String) async throws -> HealthV1.HealthCheckResponse.ServingStatus {
    let method = health.methods.first { $0.descriptor.method == "Check" }!
    let reply = try await method.handle(HealthV1.HealthCheckRequest(service: service).encoded())
    return try HealthV1.HealthCheckResponse(decoding: Array(try #require(reply.frame).dropFirst(5))).status
  }

  // MARK: Reflection

  private func ask(
    _ requests: [ReflectionV1.ServerReflectionRequest.MessageRequest], version: String = "v1"
  ) async throws -> [ReflectionV1.ServerReflectionResponse.MessageResponse?] {
    let reflection = try ReflectionService(
      fileDescriptorSets: [PatronDescriptors.fileDescriptorSet], services: ["patron.loyalty.v1.LoyaltyService", "grpc.health.v1.Health"])
    let method = try #require(reflection.methods.first { $0.descriptor.service == "grpc.reflection.\(version).ServerReflection" })
    let exchange = RecordedExchange(requests.map { ReflectionV1.ServerReflectionRequest(host: "h", messageRequest: $0).encoded() })
    _ = try await method.handle([], exchange)
    var answers: [ReflectionV1.ServerReflectionResponse.MessageResponse?] = []
    for request in requests {
      let response = try await exchange.next(ReflectionV1.ServerReflectionResponse.self)
      #expect(response.validHost == "h")
      #expect(response.originalRequest?.messageRequest == request)
      answers.append(response.messageResponse)
    }
    return answers
  }

  private func fileNames(_ answer: ReflectionV1.ServerReflectionResponse.MessageResponse?) throws -> [String] {
    guard case .fileDescriptorResponse(let response)? = answer else { return [] }
    return try response.fileDescriptorProto.map { try GoogleProtobuf.FileDescriptorProto(decoding: $0).name ?? "" }
  }

  @Test(arguments: ["v1", "v1alpha"]) func reflectionListsTheServices(_ version: String) async throws {
    let answers = try await ask([.listServices("*")], version: version)
    guard case .listServicesResponse(let list)? = answers[0] else { return #expect(Bool(false), "a list was asked for") }
    #expect(
      list.service.map(\.name) == [
        "grpc.health.v1.Health", "grpc.reflection.v1.ServerReflection", "grpc.reflection.v1alpha.ServerReflection",
        "patron.loyalty.v1.LoyaltyService",
      ])
  }

  @Test(arguments: [
    "patron.loyalty.v1.LoyaltyService", "patron.loyalty.v1.LoyaltyService.GetBalance", ".patron.loyalty.v1.GetBalanceRequest",
    "patron.loyalty.v1.GetBalanceRequest.member_id",
  ])
  func aSymbolLeadsToItsFileAndEverythingThatItImports(_ symbol: String) async throws {
    let names = try fileNames(try await ask([.fileContainingSymbol(symbol)])[0])
    #expect(names.first == "patron/loyalty/v1/loyalty_service.proto")
    #expect(names.contains("google/protobuf/timestamp.proto"))
    #expect(Set(names).count == names.count)
  }

  @Test func nestedMessagesAndEnumsAreFound() async throws {
    let symbols = [
      "grpc.health.v1.HealthCheckResponse.ServingStatus", "grpc.health.v1.HealthCheckResponse.SERVING",
      "google.rpc.BadRequest.FieldViolation",
    ]
    let files = try await ask(symbols.map { .fileContainingSymbol($0) }).map { try fileNames($0).first }
    #expect(files == ["grpc/health/v1/health.proto", "grpc/health/v1/health.proto", "google/rpc/error_details.proto"])
  }

  @Test func aFileTravelsOnceAStreamUnlessItIsAskedForByName() async throws {
    let answers = try await ask([
      .fileByFilename("google/rpc/status.proto"), .fileContainingSymbol("google.rpc.Status"), .fileByFilename("google/protobuf/any.proto"),
    ])
    let names = try answers.map { try fileNames($0) }
    #expect(
      names == [
        ["google/rpc/status.proto", "google/protobuf/any.proto"], ["google/rpc/status.proto"], ["google/protobuf/any.proto"],
      ])
  }

  @Test(arguments: [
    ReflectionV1.ServerReflectionRequest.MessageRequest.fileByFilename("no/such.proto"), .fileContainingSymbol("no.Such"),
    .allExtensionNumbersOfType("no.Such"),
    .fileContainingExtension(ReflectionV1.ExtensionRequest(containingType: "a.B", extensionNumber: 1)),
  ])
  func whatIsUnknownIsNotFound(_ request: ReflectionV1.ServerReflectionRequest.MessageRequest) async throws {
    guard case .errorResponse(let error)? = try await ask([request])[0] else { return #expect(Bool(false), "an error was due") }
    #expect(error.errorCode == StatusCode.notFound.rawValue)
  }

  @Test func aSetThatDoesNotDecodeIsRefused() {
    #expect(throws: (any Error).self) { try ReflectionService(fileDescriptorSets: [[0x0a, 200, 1]], services: []) }
    #expect(throws: (any Error).self) { try ReflectionService(fileDescriptorSets: [[0x12, 0]], services: []) }
  }
}

extension RPCMethod {
  /// Runs the handler as a server would, with one message or with those of an exchange.
  fileprivate func handle(_ request: [UInt8], _ exchange: RecordedExchange? = nil) async throws -> ServerReply {
    let call = ServerCall(method: descriptor, metadata: Metadata(), deadline: nil, peer: Peer(address: "test"), exchange: exchange)
    call.request = WireMessage(request)
    return try await handler(ServerContext(call: call))
  }
}

/// Gives a handler fixed requests, then the end, and keeps what it sends; a test takes that out in order.
private final class RecordedExchange: MessageExchange {
  private let requests: Mutex<[[UInt8]]>
  private let (messages, continuation) = AsyncStream.makeStream(of: [UInt8].self)

  init(_ requests: [[UInt8]] = []) { self.requests = Mutex(requests) }

  func holdInflated(_ bytes: Int) async throws {}

  func next() async throws -> [UInt8]? {
    requests.withLock { $0.isEmpty ? nil : $0.removeFirst() }
  }

  func send(framed: [UInt8], compress: Bool) async throws { continuation.yield(Array(framed.dropFirst(5))) }

  func sendMetadata() async throws {}

  func next<Message: ProtobufMessage>(_ type: Message.Type) async throws -> Message {
    var iterator = messages.makeAsyncIterator()
    return try Message(decoding: try #require(await iterator.next()))
  }
}
