import Foundation
import Synchronization

@testable import Database

/// Holds a thread until it is opened.
final class Gate: Sendable {
  private let semaphore = DispatchSemaphore(value: 0)
  private let arrivals = Atomic(0)
  private let isGivenUp = Atomic(false)

  /// Waits; from then on everybody passes.
  func pass() {
    arrivals.add(1, ordering: .relaxed)
    semaphore.wait()
    semaphore.signal()
  }

  func open() { semaphore.signal() }

  /// Nobody will come any more.
  func giveUp() { isGivenUp.store(true, ordering: .relaxed) }

  /// Returns once a thread waits; false when none will.
  @discardableResult
  func reached() async -> Bool {
    while arrivals.load(ordering: .relaxed) == 0 {
      if isGivenUp.load(ordering: .relaxed) { return false }
      await Task.yield()
    }
    return true
  }
}

extension Database {
  /// Runs the closures as one batch, in this order, and returns how each ended. A request before them holds the writer until all of
  /// them are queued. Throws when that one is not even started.
  func batch<Answer: Sendable>(_ bodies: [@Sendable (Transaction) throws -> Answer]) async throws -> [Result<Answer, any Error>] {
    let gate = Gate()
    let holder = Task {
      defer { gate.giveUp() }
      try await self.write { _ in gate.pass() }
    }
    guard await gate.reached() else {
      try await holder.value
      return []
    }
    var tasks: [Task<Answer, any Error>] = []
    for body in bodies {
      tasks.append(Task { try await self.write(body) })
      while queuedWrites < tasks.count { await Task.yield() }
    }
    gate.open()
    _ = await holder.result
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
