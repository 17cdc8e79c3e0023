import NIOCore
import NIOPosix
import RPCTransport
import Testing

/// The operators' port: HTTP/1.1, one request a connection.
@Suite(.timeLimit(.minutes(5))) struct AdminServerTests {
  private func with(_ body: (ListenAddress) async throws -> Void) async throws {
    let loops = EventLoops(count: 1)
    let server = AdminServer(loops: loops, requestTimeout: .seconds(3600)) { path in
      switch path {
      case "/metrics": AdminServer.Response("calls 7\n")
      case "/ready": AdminServer.Response(status: 503, "starting\n")
      default: nil
      }
    }
    let address = try await server.start()
    try await body(address)
    await server.stop()
    try await loops.shutDown()
  }

  /// Writes the bytes and reads until the server closes.
  private func ask(_ address: ListenAddress, _ request: String) async throws -> String {
    let peer = try await RawPeer(address)
    // Fails when the server has closed at once.
    try? await peer.write(Array(request.utf8))
    var answer: [UInt8] = []
    while let bytes = await peer.read() { answer += bytes }
    return String(decoding: answer, as: UTF8.self)
  }

  @Test(arguments: [
    ("GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 200 OK", "calls 7\n"),
    ("GET /metrics?format=text HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 200 OK", "calls 7\n"),
    ("GET /ready HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 503 Service Unavailable", "starting\n"),
    ("GET /else HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 404 Not Found", "not found\n"),
    ("HEAD /metrics HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 200 OK", ""),
    ("POST /metrics HTTP/1.1\r\nhost: x\r\ncontent-length: 0\r\n\r\n", "HTTP/1.1 405 Method Not Allowed", "method not allowed\n"),
    // A second request on the connection is not answered.
    ("GET /else HTTP/1.1\r\nhost: x\r\n\r\nGET /metrics HTTP/1.1\r\nhost: x\r\n\r\n", "HTTP/1.1 404 Not Found", "not found\n"),
  ])
  func aRequestGetsItsPage(_ request: String, _ status: String, _ body: String) async throws {
    try await with { address in
      let answer = try await ask(address, request)
      #expect(answer.hasPrefix(status + "\r\n"))
      #expect(answer.hasSuffix("\r\n\r\n" + body))
    }
  }

  @Test func whatIsNoHTTPIsClosedAndOthersAreServed() async throws {
    try await with { address in
      let silent = try await RawPeer(address)
      _ = try await ask(address, "\u{0}\u{1}\u{2}\r\n\r\n")
      #expect(try await ask(address, "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n").hasSuffix("calls 7\n"))
      await silent.close()
    }
  }

  @Test func connectionsBeyondTheLimitAreClosed() async throws {
    try await with { address in
      var held: [RawPeer] = []
      for _ in 0..<AdminServer.connectionLimit { held.append(try await RawPeer(address)) }
      #expect(try await ask(address, "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n") == "")
      for peer in held { await peer.close() }
      var answer = ""
      // The server notices the closing of the others in its own time.
      while answer.isEmpty { answer = try await ask(address, "GET /metrics HTTP/1.1\r\nhost: x\r\n\r\n") }
      #expect(answer.hasSuffix("calls 7\n"))
    }
  }
}
