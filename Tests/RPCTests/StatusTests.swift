import GoogleProto
import RPC
import Testing

@Suite struct StatusTests {
  @Test func detailsComeBackAsTheyWere() throws {
    let error = RPCError(
      .invalidArgument, "wrong", reason: "BAD_LINES", domain: "inventory.patron", metadata: ["line": "2", "積": "分"],
      fieldViolations: [("lines[2].quantity", "is below 0")], retryDelay: .seconds(2) + .milliseconds(5))
    let bytes = try #require(StatusDetails.encode(error))
    #expect(StatusDetails.decode(bytes) == error.details)
    let status = try GoogleRPC.Status(decoding: bytes)
    #expect(status.code == 3)
    #expect(status.message == "wrong")
    #expect(
      status.details.map(\.typeUrl) == [
        "type.googleapis.com/google.rpc.ErrorInfo", "type.googleapis.com/google.rpc.BadRequest", "type.googleapis.com/google.rpc.RetryInfo",
      ])
  }

  @Test func anUnknownDetailPassesThrough() throws {
    let error = RPCError(.aborted, "", details: [.other(typeURL: "type.googleapis.com/x.Y", value: [1, 2])])
    #expect(StatusDetails.decode(try #require(StatusDetails.encode(error))) == error.details)
  }

  @Test func aPlainErrorHasNoDetails() {
    #expect(StatusDetails.encode(RPCError(.notFound, "gone")) == nil)
    #expect(StatusDetails.decode([0xff, 0xff]) == [])
  }

  @Test(arguments: [
    (400, StatusCode.internalError), (401, .unauthenticated), (403, .permissionDenied), (404, .unimplemented), (429, .unavailable),
    (502, .unavailable), (503, .unavailable), (504, .unavailable), (500, .unknown), (200, .unknown), (302, .unknown),
  ])
  func anHTTPStatusMeansACode(_ status: Int, _ code: StatusCode) {
    #expect(StatusCode(httpStatus: status) == code)
  }

  @Test(arguments: [
    (UInt32(0), StatusCode.internalError), (1, .internalError), (2, .internalError), (7, .unavailable), (8, .cancelled),
    (0xb, .resourceExhausted), (0xc, .permissionDenied), (0xd, .internalError), (99, .internalError),
  ])
  func aResetMeansACode(_ reset: UInt32, _ code: StatusCode) {
    #expect(StatusCode(resetCode: reset) == code)
  }

  @Test func everyCodeHasItsNameAndAnUnknownOneFolds() {
    #expect(StatusCode.all.map(\.description).joined(separator: " ").hasPrefix("OK CANCELLED UNKNOWN INVALID_ARGUMENT DEADLINE_EXCEEDED"))
    #expect(StatusCode(rawValue: 77).canonical == .unknown)
    #expect("\(StatusCode(rawValue: 77))" == "CODE_77")
  }

  @Test func errorsMeetTheWireOnce() {
    struct Own: Error {}
    struct Refusal: RPCErrorConvertible { let rpcError = RPCError(.notFound, "no member", reason: "UNKNOWN_MEMBER", domain: "d") }
    #expect(RPCError.atEdge(Refusal(), deadline: nil).error.reason == "UNKNOWN_MEMBER")
    #expect(RPCError.atEdge(Own(), deadline: nil) == (RPCError(.internalError, "Internal error."), true))
    #expect(RPCError.atEdge(CancellationError(), deadline: nil).error.code == .cancelled)
    #expect(RPCError.atEdge(CancellationError(), deadline: .after(.seconds(-1))).error.code == .deadlineExceeded)
    // A handler that throws OK has a bug; its caller must not take that for a reply.
    #expect(RPCError.atEdge(RPCError(.ok, ""), deadline: nil).error.code == .internalError)
  }
}
