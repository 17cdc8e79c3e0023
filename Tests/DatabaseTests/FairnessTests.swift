import Testing

@testable import Database

/// What a caller who asks for much leaves to the others.
@Suite struct FairnessTests {
  @Test func `callers take turns, each in the order of coming`() {
    let queue = BlockingQueue<String>(limit: 100)
    for (element, caller) in [("a1", "a"), ("a2", "a"), ("a3", "a"), ("own1", nil), ("b1", "b"), ("own2", nil)] {
      #expect(queue.offer(element, of: caller) == .accepted)
    }
    var taken: [String] = []
    #expect(queue.take(upTo: 4, into: &taken))
    #expect(taken == ["a1", "own1", "b1", "a2"])
    #expect(queue.offer("b2", of: "b") == .accepted)
    #expect(queue.take(upTo: 100, into: &taken))
    #expect(taken == ["a1", "own1", "b1", "a2", "own2", "a3", "b2"])
    #expect(queue.takeNow() == nil)
  }

  @Test func `whoever fills the queue leaves room for those who come`() {
    let queue = BlockingQueue<Int>(limit: 100)
    func fill(_ caller: String?) -> Int { (0..<200).count { queue.offer($0, of: caller) == .accepted } }
    #expect(fill("a") == 50)
    #expect(fill("b") == 25)
    #expect(fill("a") == 0)
    #expect(fill("c") == 13)
    #expect(fill(nil) == 12)
    #expect(queue.offer(1, of: "d") == .full)
    #expect(queue.count == 100)
    var taken: [Int] = []
    #expect(queue.take(upTo: 60, into: &taken))
    #expect(fill("d") == 30)
  }

  @Test func `a write waits for one of each other caller, not for all of one`() async throws {
    let temporary = try TemporaryDatabase()
    let database = try temporary.open { $0.writerCount = 1 }
    let gate = Gate()
    let holder = Task { try await database.write { _ in gate.pass() } }
    await gate.reached()
    var writes: [Task<Void, any Error>] = []
    for (caller, note) in [("busy", "1"), ("busy", "2"), ("busy", "3"), ("till", "4"), ("busy", "5")] {
      writes.append(Task { try await database.write(for: caller, Counters.addNote(note)) })
      while database.queuedWrites < writes.count { await Task.yield() }
    }
    gate.open()
    try await holder.value
    for write in writes { try await write.value }
    #expect(try await database.notes() == ["1", "4", "2", "3", "5"])
    await database.close()
  }
}
