import Foundation
import Synchronization

@testable import Database

/// Holds a thread until it is opened.
final class Gate: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  private let arrivals = Atomic(0)

  /// Waits; from then on everybody passes.
  func pass() {
    arrivals.add(1, ordering: .relaxed)
    semaphore.wait()
    semaphore.signal()
  }

  func open() { semaphore.signal() }

  /// Returns once a thread waits.
  func reached() async {
    while arrivals.load(ordering: .relaxed) == 0 { await Task.yield() }
  }
}

extension Database {
  /// Runs the closures as one batch, in this order, and returns how each ended. A request before them holds the writer until all of
  /// them are queued.
  func batch<Answer: Sendable>(_ bodies: [@Sendable (Transaction) throws -> Answer]) async throws -> [Result<Answer, any Error>] {
    let gate = Gate()
    let holder = Task { try await self.write { _ in gate.pass() } }
    await gate.reached()
    var tasks: [Task<Answer, any Error>] = []
    for body in bodies {
      tasks.append(Task { try await self.write(body) })
      while queuedWrites < tasks.count { await Task.yield() }
    }
    gate.open()
    try await holder.value
    var results: [Result<Answer, any Error>] = []
    for task in tasks { results.append(await task.result) }
    return results
  }

  /// A batch of three whose first and last requests add a note.
  func batch(_ middle: @escaping @Sendable (Transaction) throws -> Void) async throws -> [Result<Void, any Error>] {
    try await batch([Counters.addNote("first"), middle, Counters.addNote("third")])
  }
}

extension Result {
  var error: (any Error)? {
    if case .failure(let error) = self { return error }
    return nil
  }

  var databaseError: DatabaseError? { error as? DatabaseError }
  var isSuccess: Bool { error == nil }
}
