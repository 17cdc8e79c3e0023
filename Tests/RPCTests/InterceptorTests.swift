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

  private struct Step: StepInterceptor {
    let name: String
    let journal: Journal
    var refuses = false

    func begins(_ context: inout ServerContext) throws {
      journal.write("\(name) in, sees \(context[Name.self])")
      if refuses { throw RPCError(.permissionDenied, name) }
      context[Name.self] = name
    }

    func ends(_ context: ServerContext, _ outcome: inout Result<ServerReply, any Error>) {
      journal.write("\(name) out, sees \(context[Name.self])")
      if case .failure = outcome, name == "translator" { outcome = .failure(RPCError(.aborted, "translated")) }
    }
  }

  @Test func stepsAndOthersStandInTheirOrder() async throws {
    let journal = Journal()
    let method = RPCMethod(self.method, .onLoop) { _ in ServerReply(frame: [7]) }
    let intercepted = method.intercepted(by: [
      Step(name: "a", journal: journal), Step(name: "b", journal: journal), Writing(name: "c", journal: journal),
      Step(name: "d", journal: journal),
    ])
    #expect(try await intercepted.handler(ServerContext(method: self.method)).frame == [7])
    #expect(
      journal.lines.withLock { $0 } == [
        "a in, sees nobody", "b in, sees a", "c in, sees b", "d in, sees c", "d out, sees d", "c out", "b out, sees b", "a out, sees b",
      ])
  }

  @Test func aStepThatRefusesIsTheEndOfTheWayInAndThoseAroundItSeeItsRefusal() async throws {
    let journal = Journal()
    let method = RPCMethod(self.method, .onLoop) { _ in
      journal.write("handler")
      return ServerReply(frame: [7])
    }
    let intercepted = method.intercepted(by: [
      Step(name: "translator", journal: journal), Step(name: "door", journal: journal, refuses: true),
      Step(name: "inner", journal: journal),
    ])
    await #expect(throws: RPCError(.aborted, "translated")) { try await intercepted.handler(ServerContext(method: self.method)) }
    #expect(
      journal.lines.withLock { $0 } == ["translator in, sees nobody", "door in, sees translator", "translator out, sees translator"])
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
