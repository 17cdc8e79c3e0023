import Foundation
import RPC
import RPCTransport
import ServiceTesting
import Testing

/// What handlers do to the event loop that they share.
@Suite(.timeLimit(.minutes(5))) struct LoopTests {
  /// The handler takes one of the threads that tasks run on, of which this test's own needs another.
  @Test(.enabled(if: ProcessInfo.processInfo.activeProcessorCount > 1))
  func otherCallsAreServedWhileAnOffLoopHandlerComputes() async throws {
    try await TestWorld.with(.plaintext) { world in
      async let ground = world.unary(NoteMethods.grind, Note(""), CallOptions(timeout: .seconds(300)))
      await world.service.grinding.wait()
      // On the event loop that the computing handler's call came by.
      try await world.expect(NoteMethods.echo, Note("served"), gives: Note("served"))
      try await world.expect(NoteMethods.release, Note("go"), gives: Note("go"))
      #expect(try await ground == Note("ground", 1))
    }
  }

  @Test func aHandlerThatHoldsItsLoopIsNamed() async throws {
    let log = LogRecorder()
    try await TestWorld.with(
      .plaintext, configure: { $0.logger = log.logger("test") }
    ) { world in
      try await world.expect(NoteMethods.echo, Note("quick"), gives: Note("quick"))
      for _ in 0..<3 { try await world.expect(NoteMethods.hold, Note("slow", 30), gives: Note("slow", 30)) }
    }
    let held = log.lines.filter { $0.contains("a handler held its event loop") && $0.contains("method=\(NoteMethods.hold.path) ") }
    // Once a second at most, however often it happens; on a busy machine the three calls may take longer.
    #expect((1...3).contains(held.count))
  }
}
