import Foundation
import Logging
import RPC
import RPCTransport
import Synchronization
import Testing

/// What handlers do to the event loop that they share.
@Suite(.timeLimit(.minutes(5))) struct LoopTests {
  /// The handler takes one of the threads that tasks run on, of which this test's own needs another.
  @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1))
  func otherCallsAreServedWhileAnOffLoopHandlerComputes() async throws {
    try await TestWorld.with(.plaintext) { world in
      async let ground = world.unary(NoteMethods.grind, Note(""), CallOptions(timeout: .seconds(300)))
      // Both on the one event loop, the second once the first computes or before: it ends either way.
      try await world.expect(NoteMethods.echo, Note("served"), gives: Note("served"))
      try await world.expect(NoteMethods.release, Note("go"), gives: Note("go"))
      #expect(try await ground == Note("ground", 1))
    }
  }

  @Test func aHandlerThatHoldsItsLoopIsNamed() async throws {
    let lines = LogLines()
    try await TestWorld.with(
      .plaintext, configure: { $0.logger = Logger(label: "test", factory: { _ in lines }) }
    ) { world in
      try await world.expect(NoteMethods.echo, Note("quick"), gives: Note("quick"))
      for _ in 0..<3 { try await world.expect(NoteMethods.hold, Note("slow", 30), gives: Note("slow", 30)) }
    }
    let held = lines.all.filter { $0.message == "a handler held its event loop" && $0.method == NoteMethods.hold.path }
    // Once a second at most, however often it happens; on a busy machine the three calls may take longer.
    #expect((1...3).contains(held.count))
  }
}

/// Keeps what is logged.
private final class LogLines: LogHandler, Sendable {
  struct Line: Sendable {
    var message: String
    var method: String
  }

  private let lines = Mutex<[Line]>([])
  var all: [Line] { lines.withLock { $0 } }

  var metadata: Logger.Metadata {
    get { [:] }
    set {}
  }

  var logLevel: Logger.Level {
    get { .trace }
    set {}
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { nil }
    set {}
  }

  func log(
    level: Logger.Level, message: Logger.Message, metadata: Logger.Metadata?, source: String, file: String, function: String, line: UInt
  ) {
    lines.withLock { $0.append(Line(message: "\(message)", method: metadata?["method"].map { "\($0)" } ?? "")) }
  }
}
