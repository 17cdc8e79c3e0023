import Database
import Foundation
import RPC
import ServiceTesting
import Synchronization
import Testing

@testable import ServiceKit
@testable import Tally

@Suite struct FeedParkingTests {
  @Test func `an event that cannot take effect parks its aggregate and nothing else`() async throws {
    let rig = try await FeedRig()
    try await rig.refuse(2)
    try await rig.append([(1, 1), (2, 2), (3, 3), (4, 2), (5, 1)])
    let consumer = rig.consumer()
    try await rig.following(consumer) {
      try await rig.expect(FeedRig.ids([1, 3, 5])) { try await rig.seen() }
      try await rig.append([(6, 2), (7, 3)])
      try await rig.expect(FeedRig.ids([1, 3, 5, 7])) { try await rig.seen() }
      let parked = try await rig.parked()
      #expect(parked.map(\.aggregate) == [FeedRig.aggregate(2)])
      #expect(parked.map(\.eventCount) == [3])
      #expect(parked.map(\.error) == ["Refused"])

      // What it lacked is there now: the parked events take effect in order, once, and later ones at once.
      try await rig.refuse(2, false)
      try await rig.append(8, of: 2)
      try await rig.expect(4) { try await rig.parked().first?.eventCount }
      #expect(try await consumer.retry(FeedRig.aggregate(2)) == 4)
      #expect(try await rig.seen() == FeedRig.ids([1, 3, 5, 7, 2, 4, 6, 8]))
      #expect(try await rig.parked() == [])
      try await rig.append(9, of: 2)
      try await rig.expect(FeedRig.ids([1, 3, 5, 7, 2, 4, 6, 8, 9])) { try await rig.seen() }
      #expect(try await consumer.retry(FeedRig.aggregate(2)) == 0)
    }
    await rig.stop()
  }

  @Test func `an operator may pass over the first event, and only over that one`() async throws {
    let rig = try await FeedRig()
    try await rig.refuse(1)
    try await rig.append([(1, 1), (2, 1), (3, 1)])
    let consumer = rig.consumer()
    try await rig.following(consumer) {
      try await rig.expect(3) { try await rig.parked().first?.eventCount }
    }
    await #expect(throws: Tally.Refused.self) { try await consumer.retry(FeedRig.aggregate(1)) }
    await #expect(throws: FeedConsumer.NotFirst.self) { try await consumer.skip("evt_2", of: FeedRig.aggregate(1)) }
    #expect(try await consumer.skip("evt_1", of: FeedRig.aggregate(1)).id == "evt_1")
    #expect(try await rig.parked().map(\.eventCount) == [2])
    try await rig.refuse(1, false)
    #expect(try await consumer.retry(FeedRig.aggregate(1)) == 2)
    #expect(try await rig.seen() == FeedRig.ids([2, 3]))
    await #expect(throws: FeedConsumer.NotFirst.self) { try await consumer.skip("evt_2", of: FeedRig.aggregate(1)) }
    await rig.stop()
  }

  @Test func `when as much is parked as may be the feed stands still, and goes on once an operator has acted`() async throws {
    let rig = try await FeedRig()
    try await rig.refuse(1)
    try await rig.append([(1, 1), (2, 2), (3, 1), (4, 1), (5, 2)])
    var limits = FeedRig.limits
    limits.parkedEvents = 2
    let consumer = rig.consumer(limits)
    try await rig.following(consumer) {
      try await rig.expect(.stoppedByParking) { consumer.state }
      #expect(try await rig.seen() == ["evt_2"])
      _ = try await consumer.skip("evt_1", of: FeedRig.aggregate(1))
      try await rig.expect(FeedRig.ids([2, 5])) { try await rig.seen() }
      #expect(try await rig.parked().map(\.eventCount) == [2])
    }
    await rig.stop()
  }

  @Test func `an event that always runs past the time limit is parked after a few attempts`() async throws {
    let rig = try await FeedRig()
    try await rig.append([(1, 1), (2, 2), (3, 1)])
    let attempts = Atomic(0)
    let consumer = rig.consumer { transaction, event in
      if event.id == "evt_2" {
        attempts.add(1, ordering: .relaxed)
        throw DatabaseError.interrupted(sql: "slow")
      }
      try Tally.note(event, transaction)
    }
    try await rig.following(consumer) {
      try await rig.expect(FeedRig.ids([1, 3])) { try await rig.seen() }
      #expect(try await rig.parked().map(\.aggregate) == [FeedRig.aggregate(2)])
    }
    // The batch it came in, and each attempt alone, twice each as tests run writes.
    #expect(attempts.load(ordering: .relaxed) >= FeedRig.limits.slowAttempts * 2)
    await rig.stop()
  }

  @Test(arguments: [
    (DatabaseError.busy(sql: "s") as any Error, EffectFailure.Kind.passing), (DatabaseError.full(sql: "s"), .passing),
    (DatabaseError.interrupted(sql: "s"), .slow), (DatabaseError.constraint(.unique, sql: "s"), .lasting),
    (RPCError(.unavailable, ""), .passing), (RPCError(.invalidArgument, ""), .lasting),
    (Refusal(.aborted, "AGAIN", ""), .passing), (Refusal(.notFound, "NO_MEMBER", ""), .lasting),
    (Refusal(.resourceExhausted, "LIMIT_REACHED", ""), .lasting), (CancellationError(), .passing),
    (Tally.Refused(), .lasting),
  ])
  func `what time may mend is told from what it does not`(error: any Error, kind: EffectFailure.Kind) {
    #expect(EffectFailure(index: 0, error: error).kind == kind)
  }
}
