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

    func intercept(
      _ context: ServerContext, next: @Sendable (ServerContext) async throws -> ServerReply
    ) async throws -> ServerReply {
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
    let method = RPCMethod(self.method, .onLoop) { context in
      journal.write("handler sees \(context[Name.self])")
      return ServerReply(frame: [7])
    }
    let intercepted = method.intercepted(by: [Writing(name: "first", journal: journal), Writing(name: "second", journal: journal)])
    #expect(try await intercepted.handler(ServerContext(method: self.method)).frame == [7])
    #expect(
      journal.lines.withLock { $0 } == [
        "first in, sees nobody", "second in, sees first", "handler sees second", "second out", "first out",
      ])
  }

  @Test func whatTheHandlerThrowsPassesThroughAll() async {
    let journal = Journal()
    let method = RPCMethod(self.method, .onLoop) { _ in throw RPCError(.notFound, "gone") }
    let intercepted = method.intercepted(by: [Writing(name: "only", journal: journal)])
    await #expect(throws: RPCError(.notFound, "gone")) {
      try await intercepted.handler(ServerContext(method: self.method))
    }
    #expect(journal.lines.withLock { $0 }.last == "only out")
  }
}
