import Foundation
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Gateway

/// What the gateway believes of API keys, and what it writes down when a service behind it is silent.
@Suite struct UpstreamAndKeyTests {
  private static let noon = Date(timeIntervalSince1970: 1_700_000_000)
  private let client = ApiKeyCache.Answer.client(id: "cli_1", scopes: ["pos.checkout"], storeIDs: [])
  private let unknown = ApiKeyCache.Answer.refused(reason: "API_KEY_UNKNOWN", message: "no client has this key")

  @Test func `check-config reads the quotes' key ring, and is content with none`() throws {
    let path = FileManager.default.temporaryDirectory.appendingPathComponent("patron-quotes-\(UUID().uuidString)").path
    defer { try? FileManager.default.removeItem(atPath: path) }
    var reader = ConfigReader(service: "gateway", values: ["quote-keys-file": path])
    let config = GatewayConfig(reader: &reader)
    try config.checkFiles()
    #expect(!FileManager.default.fileExists(atPath: path))
    try PrivateFile.create(path, contents: Array("{}".utf8))
    let error = #expect(throws: ConfigError.self) { try config.checkFiles() }
    #expect(error?.key == "quote-keys-file")
  }

  @Test func `made-up keys push out no key that works`() {
    let cache = ApiKeyCache(clientLifetime: 30, refusalLifetime: 2)
    cache.remember(client, for: "pk_till", asked: Self.noon)
    for number in 0...ApiKeyCache.refusalsAtMost { cache.remember(unknown, for: "pk_\(number)", asked: Self.noon) }
    #expect(cache.answer(for: "pk_till", now: Self.noon) == client)
    // The room of the refused is bounded: it was emptied once.
    #expect(cache.answer(for: "pk_0", now: Self.noon) == nil)
    #expect(cache.answer(for: "pk_\(ApiKeyCache.refusalsAtMost)", now: Self.noon) == unknown)
  }

  @Test func `an answer is believed from when it was asked for`() {
    let cache = ApiKeyCache(clientLifetime: 30, refusalLifetime: 2)
    cache.remember(client, for: "pk_till", asked: Self.noon)
    #expect(cache.answer(for: "pk_till", now: Self.noon.addingTimeInterval(29.9)) == client)
    #expect(cache.answer(for: "pk_till", now: Self.noon.addingTimeInterval(30)) == nil)
    #expect(cache.answer(for: "pk_till", now: Self.noon) == nil, "what lapsed is forgotten")
  }

  @Test func `a key that was revoked is known as that only`() {
    let cache = ApiKeyCache(clientLifetime: 30, refusalLifetime: 2)
    cache.remember(client, for: "pk_till", asked: Self.noon)
    cache.remember(unknown, for: "pk_till", asked: Self.noon)
    #expect(cache.answer(for: "pk_till", now: Self.noon) == unknown)
    #expect(cache.answer(for: "pk_till", now: Self.noon.addingTimeInterval(2)) == nil)
  }

  @Test(
    arguments: [
      (RPCError(.unavailable, "127.0.0.1:5152 refused the connection"), true),
      (RPCError(.internalError, "the service failed"), true),
      (RPCError(.failedPrecondition, "no", reason: "INSUFFICIENT_POINTS", domain: "loyalty.patron"), false),
      (RPCError(.cancelled, "the caller went away"), false),
    ])
  func `why a service is unavailable stands in the log`(error: RPCError, isLogged: Bool) async throws {
    let log = LogRecorder()
    let upstream = Upstream(
      name: "loyalty", channel: FailingChannel(error: error), signer: CallerSigner(ring: nil, clock: SystemClock()),
      timeouts: Upstream.Timeouts(call: .seconds(1), verify: .seconds(1)),
      logger: log.logger("gateway"))
    let chain = CallChain(caller: .gateway(logID: "log_1")) { nil }
    let method = MethodDescriptor(service: "patron.loyalty.v1.LoyaltyService", method: "GetProgram", kind: .unary)
    await #expect(throws: UpstreamError.self) { try await upstream.forward(method, [], chain) }
    #expect(log.lines.count == (isLogged ? 1 : 0))
    if isLogged { #expect(log.lines[0].contains("loyalty") && log.lines[0].contains(error.message)) }
  }

  @Test(
    arguments: [
      (RPCError(.resourceExhausted, "full", reason: "STORAGE_FULL", domain: "loyalty.patron"), UpstreamError.Kind.refused),
      // Of a reply that is too large: the call took effect.
      (RPCError(.resourceExhausted, "large", reason: "MESSAGE_TOO_LARGE", domain: "rpc.patron"), .silent),
      (RPCError(.resourceExhausted, "a proxy's"), .silent),
    ])
  func `what the runtime says of a message is no word of the service`(error: RPCError, kind: UpstreamError.Kind) {
    #expect(UpstreamError(service: "loyalty", cause: error).kind == kind)
  }

  private struct FailingChannel: RPCChannel {
    let error: RPCError

    func unary(_ method: MethodDescriptor, request: [UInt8], options: CallOptions) async throws -> RPCReply { throw error }
    func open(_ method: MethodDescriptor, options: CallOptions) async throws -> any RPCStream { throw error }
    func close() async {}
  }
}
