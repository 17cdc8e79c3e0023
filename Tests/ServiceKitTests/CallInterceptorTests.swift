import GoogleProto
import Metrics
import PatronAPI
import RPC
import RPCTransport
import ServiceTesting
import Testing

@testable import ServiceKit

/// What stands around every call, through the in-process transport.
@Suite struct CallInterceptorTests {
  private let identity = IdentityV1.IdentityServiceMethods.self

  @Test func withoutAKeyRingEveryCallerIsLocalDevelopment() async throws {
    let sample = try await TestService<SampleApp>.start()
    let reply = try await IdentityV1.IdentityServiceClient(channel: sample.channel).getMember(IdentityV1.GetMemberRequest())
    #expect(reply.member?.memberID == "local-development")
    #expect(reply.member?.name == "*")
    await sample.stop()
  }

  @Test func withAKeyRingOnlySignedCallersAreBelieved() async throws {
    let ring = KeyRing(keyID: "k1", secret: Array(repeating: 7, count: 32))
    let sample = try await TestService<SampleApp>.start(keyRing: ring)
    let client = IdentityV1.IdentityServiceClient(channel: sample.channel)
    let refused = await #expect(throws: RPCError.self) { try await client.getMember(IdentityV1.GetMemberRequest()) }
    #expect(refused?.code == .unauthenticated)
    #expect(refused?.reason == "CALLER_MISSING")
    #expect(refused?.domain == "sample.patron")
    let reply = try await client.getMember(
      IdentityV1.GetMemberRequest(), options: sample.options(as: Caller(clientID: "cli_1", scopes: ["b", "a"])))
    #expect(reply.member?.memberID == "cli_1")
    #expect(reply.member?.name == "a b")
    await sample.stop()
  }

  @Test func aRequestIDStandsInTheLogUnlessATerminalCouldMisreadIt() throws {
    for (requestID, isNoted) in [("till-7 #1", true), ("\u{1B}[2J", false), ("tïll", false), ("a\nb", false)] {
      let notes = CallNotes(trace: nil, ids: SequentialIDs(), random: SeededRandomSource())
      try CallNotes.$current.withValue(notes) { try RequestID.check(requestID) }
      #expect((notes.fields["request_id"] != nil) == isNoted, "\(requestID)")
    }
  }

  @Test func healthIsOpenToWhoeverConnects() async throws {
    let sample = try await TestService<SampleApp>.start(keyRing: KeyRing(keyID: "k1", secret: Array(repeating: 7, count: 32)))
    let check = MethodDescriptor(service: HealthService.serviceName, method: "Check", kind: .unary)
    let reply: HealthV1.HealthCheckResponse = try await sample.channel.unary(
      check, HealthV1.HealthCheckRequest(service: "patron.identity.v1.IdentityService"), options: CallOptions())
    #expect(reply.status == .serving)
    await sample.stop()
  }

  @Test func aCallLeavesOneLineWithTheIDsToFollowItBy() async throws {
    let sample = try await TestService<SampleApp>.start()
    var options = CallOptions()
    options.metadata.set("traceparent", "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01")
    let reply = try await sample.channel.unary(
      identity.getMember, request: IdentityV1.GetMemberRequest().encoded(), options: options)
    let logID = try #require(reply.trailers["patron-log-id"])
    let line = try #require(sample.logs.lines.first { $0.hasPrefix("info call") })
    #expect(line.contains("log_id=\(logID) "))
    #expect(line.contains("method=\(identity.getMember.path)"))
    #expect(line.contains("code=OK"))
    #expect(line.contains("trace_id=4bf92f3577b34da6a3ce929d0e0e4736"))
    #expect(line.contains("client_id=local-development"))
    await sample.stop()
  }

  @Test func everyLineOfACallCarriesItsIDsAndTheClientsRequestID() async throws {
    let sample = try await TestService<SampleApp>.start()
    let client = IdentityV1.IdentityServiceClient(channel: sample.channel)
    _ = try await client.replaceCard(IdentityV1.ReplaceCardRequest(requestID: "till-7/2026-01-31", memberID: "mem_1"))
    let call = try #require(sample.logs.lines.first { $0.hasPrefix("info call") })
    #expect(call.contains(" request_id=till-7/2026-01-31 "))
    // What a handler, and a task that it leaves behind, log in between.
    let between = try #require(sample.logs.lines.first { $0.hasPrefix("notice replacing") })
    let logID = try #require(call.split(separator: " ").first { $0.hasPrefix("log_id=") })
    #expect(between.contains(logID) && between.contains("trace_id="))
    // A call without a request id leaves none of another call's.
    _ = try await client.getMember(IdentityV1.GetMemberRequest())
    #expect(sample.logs.lines.last?.contains("request_id") == false)
    await sample.stop()
  }

  @Test func aSignedCallersLogIDIsKeptSoThatOneRequestIsFollowedThroughAllServices() async throws {
    let sample = try await TestService<SampleApp>.start(keyRing: KeyRing(keyID: "k1", secret: Array(repeating: 7, count: 32)))
    let reply = try await sample.channel.unary(
      identity.getMember, request: IdentityV1.GetMemberRequest().encoded(),
      options: sample.options(as: Caller(clientID: "cli_1", scopes: [], logID: "log_of_the_gateway")))
    #expect(reply.trailers["patron-log-id"] == "log_of_the_gateway")
    await sample.stop()
  }

  @Test func aFaultAnswersInternalWithoutAWordOfItAndIsLoggedWithoutItsValues() async throws {
    let sample = try await TestService<SampleApp>.start()
    let client = IdentityV1.IdentityServiceClient(channel: sample.channel)
    let error = await #expect(throws: RPCError.self) {
      try await client.findMember(IdentityV1.FindMemberRequest(key: .phone("+14155550100")))
    }
    #expect(error?.code == .internalError)
    #expect(error?.message.contains("+1415") == false)
    let line = try #require(sample.logs.lines.first { $0.hasPrefix("error call") })
    #expect(line.contains("error=SecretFault"))
    #expect(sample.logs.lines.allSatisfy { !$0.contains("+1415") })
    await sample.stop()
  }

  @Test func aRefusalCarriesItsReasonItsFactsAndTheServicesDomain() async throws {
    let sample = try await TestService<SampleApp>.start()
    let client = IdentityV1.IdentityServiceClient(channel: sample.channel)
    let error = await #expect(throws: RPCError.self) {
      try await client.replaceCard(IdentityV1.ReplaceCardRequest(requestID: "r1", memberID: "refused"))
    }
    #expect(error?.code == .failedPrecondition)
    #expect(error?.reason == "NOT_NOW")
    #expect(error?.domain == "sample.patron")
    #expect(error?.metadata == ["left": "3"])
    #expect(sample.logs.lines.contains { $0.contains("code=FAILED_PRECONDITION") && $0.contains("reason=NOT_NOW") })
    await sample.stop()
  }

  @Test func aClientOverItsRateIsRefusedAndOthersAreNot() async throws {
    let ring = KeyRing(keyID: "k1", secret: Array(repeating: 7, count: 32))
    let sample = try await TestService<SampleApp>.start(["calls-per-second": "1", "call-burst": "1"], keyRing: ring)
    let client = IdentityV1.IdentityServiceClient(channel: sample.channel)
    let first = sample.options(as: Caller(clientID: "cli_1", scopes: []))
    var refusal: RPCError?
    for _ in 0..<1000 where refusal == nil {
      do { _ = try await client.getMember(IdentityV1.GetMemberRequest(), options: first) } catch { refusal = error as? RPCError }
    }
    #expect(refusal?.code == .resourceExhausted)
    #expect(refusal?.reason == "RATE_LIMITED")
    _ = try await client.getMember(IdentityV1.GetMemberRequest(), options: sample.options(as: Caller(clientID: "cli_2", scopes: [])))
    await sample.stop()
  }

  @Test func callsAreCountedByMethodAndCode() async throws {
    let registry = MetricsRegistry()
    let metrics = MethodMetrics(identity.getMember, registry)
    for code in [StatusCode.ok, .ok, .notFound, StatusCode(rawValue: 99)] {
      metrics.record(code, .milliseconds(2))
    }
    let text = registry.exposition()
    let method = "method=\"\(identity.getMember.path)\""
    #expect(text.contains("rpc_server_calls_total{\(method),code=\"OK\"} 2"))
    #expect(text.contains("rpc_server_calls_total{\(method),code=\"NOT_FOUND\"} 1"))
    #expect(text.contains("rpc_server_calls_total{\(method),code=\"UNKNOWN\"} 1"))
    #expect(text.contains("rpc_server_duration_seconds_bucket{\(method),le=\"0.001\"} 0"))
    #expect(text.contains("rpc_server_duration_seconds_bucket{\(method),le=\"0.0025\"} 4"))
  }
}
