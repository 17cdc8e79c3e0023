import PatronAPI
import RPC
import Synchronization
import Testing

@testable import Gateway

@Suite(.timeLimit(.minutes(10))) struct SharedCallsTests {
  private let key = InventoryV1.RequestKey(clientID: "cli", method: "/s/M", requestID: "r", bodyHash: [1])

  /// A gate that work waits at until it is opened or cancelled, and that counts who came.
  private final class Gate: Sendable {
    private let state = Mutex((arrived: 0, isOpen: false))

    var arrived: Int { state.withLock(\.arrived) }
    func open() { state.withLock { $0.isOpen = true } }

    func pass() async throws {
      state.withLock { $0.arrived += 1 }
      while !state.withLock(\.isOpen) { try await Task.sleep(for: .milliseconds(1)) }
    }
  }

  private func eventually(_ condition: () -> Bool) async throws {
    while !condition() { try await Task.sleep(for: .milliseconds(1)) }
  }

  @Test func identicalCallsAreOnePieceOfWork() async throws {
    let calls = SharedCalls(tasks: SagaTasks())
    let gate = Gate()
    let callers = (0..<10).map { _ in
      Task {
        try await calls.run(key, deadline: nil) { _ in
          try await gate.pass()
          return [42]
        }
      }
    }
    try await eventually { calls.waiterCount(of: key) == 10 }
    gate.open()
    for caller in callers { #expect(try await caller.value == [42]) }
    #expect(gate.arrived == 1)
    #expect(calls.waiterCount(of: key) == 0)
  }

  @Test func aCallerThatGoesAwayTakesNothingFromTheOthers() async throws {
    let calls = SharedCalls(tasks: SagaTasks())
    let gate = Gate()
    let work: @Sendable (@escaping @Sendable () -> Deadline?) async throws -> [UInt8] = { _ in
      try await gate.pass()
      return [42]
    }
    let first = Task { try await calls.run(key, deadline: nil, work) }
    try await eventually { gate.arrived == 1 }
    let second = Task { try await calls.run(key, deadline: nil, work) }
    try await eventually { calls.waiterCount(of: key) == 2 }
    first.cancel()
    await #expect(throws: CancellationError.self) { try await first.value }
    gate.open()
    #expect(try await second.value == [42])
    #expect(gate.arrived == 1)
  }

  @Test func theWorkIsCancelledWhenTheLastCallerHasGone() async throws {
    let tasks = SagaTasks()
    let calls = SharedCalls(tasks: tasks)
    let gate = Gate()
    let caller = Task {
      try await calls.run(key, deadline: nil) { _ in
        try await gate.pass()
        return [42]
      }
    }
    try await eventually { gate.arrived == 1 }
    caller.cancel()
    _ = await caller.result
    // Ends although the gate never opens.
    await tasks.drained()
    #expect(calls.waiterCount(of: key) == 0)
  }

  @Test func aFailureIsSharedAndTheNextCallBeginsAnew() async throws {
    let calls = SharedCalls(tasks: SagaTasks())
    await #expect(throws: RPCError.self) { try await calls.run(key, deadline: nil) { _ in throw RPCError(.unavailable, "away") } }
    #expect(try await calls.run(key, deadline: nil) { _ in [7] } == [7])
  }

  @Test func theWorkLivesAsLongAsTheMostPatientCaller() async throws {
    let calls = SharedCalls(tasks: SagaTasks())
    let gate = Gate()
    let early = Deadline.after(.seconds(100))
    let late = Deadline.after(.seconds(200))
    let seen = Mutex<Deadline?>(nil)
    let work: @Sendable (@escaping @Sendable () -> Deadline?) async throws -> [UInt8] = { deadline in
      try await gate.pass()
      seen.withLock { $0 = deadline() }
      return []
    }
    let first = Task { try await calls.run(key, deadline: early, work) }
    try await eventually { calls.waiterCount(of: key) == 1 }
    let second = Task { try await calls.run(key, deadline: late, work) }
    try await eventually { calls.waiterCount(of: key) == 2 }
    gate.open()
    _ = try await (first.value, second.value)
    #expect(seen.withLock(\.self) == late)
  }
}
