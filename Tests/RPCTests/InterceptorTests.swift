import RPC
import Synchronization
import Testing

@Suite struct InterceptorTests {
  private final class Journal: Sendable {
    let lines = Mutex<[String]>([])
    func write(_ line: String) { lines.withLock { $0.append(line) } }
  }

  private struct Name: ServerContextKey { static let defaultValue = "nobody" }

  private struct Writing: ServerInterceptor {
    let name: String
    let journal: Journal

    func intercept<Reply: Sendable>(
      _ context: ServerContext, next: @Sendable (ServerContext) async throws -> Reply
    ) async throws -> Reply {
      journal.write("\(name) in, sees \(context[Name.self])")
      var inner = context
      inner[Name.self] = name
      defer { journal.write("\(name) out") }
      return try await next(inner)
    }
  }

  private let method = MethodDescriptor(service: "a.B", method: "C", kind: .unary)

  @Test func theFirstIsTheOutermostAndEachPassesOnItsContext() async throws {
    let journal = Journal()
    let chain = ServerInterceptorChain([Writing(name: "first", journal: journal), Writing(name: "second", journal: journal)])
    let reply = try await chain.run(ServerContext(method: method)) { context in
      journal.write("handler sees \(context[Name.self])")
      return 7
    }
    #expect(reply == 7)
    #expect(
      journal.lines.withLock { $0 } == [
        "first in, sees nobody", "second in, sees first", "handler sees second", "second out", "first out",
      ])
  }

  @Test func whatTheHandlerThrowsPassesThroughAll() async {
    let journal = Journal()
    let chain = ServerInterceptorChain([Writing(name: "only", journal: journal)])
    await #expect(throws: RPCError(.notFound, "gone")) {
      try await chain.run(ServerContext(method: method)) { _ -> Int in throw RPCError(.notFound, "gone") }
    }
    #expect(journal.lines.withLock { $0 }.last == "only out")
  }
}
