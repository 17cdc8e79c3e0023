import Database
import Foundation
import RPC
import ServiceTesting
import Testing

@testable import ServiceKit
@testable import Tally

/// Random histories: both sides are stopped and started, streams break and repeat themselves, aggregates are refused for a while and retried.
/// At the end each event has taken effect exactly once, and those of an aggregate in their order.
@Suite struct FeedHistoryTests {
  private static let rounds = 12
  private static let aggregates = 4

  @Test(arguments: [7, 1_795_320_000, UInt64.random(in: .min ... .max)])
  func `whatever breaks, there is no gap, no repeat and no change of order`(seed: UInt64) async throws {
    print("FeedHistoryTests seed \(seed)")
    var random = SplitMix64(seed: seed)
    let rig = try await FeedRig(seed: random.next(), cutting: 0...40)
    var events: [(number: Int, aggregate: Int)] = []
    var consumer = rig.consumer()
    var running = Task { [consumer] in try await consumer.run() }
    for _ in 0..<Self.rounds {
      for _ in 0..<Int.random(in: 0...25, using: &random) {
        events.append((events.count + 1, Int.random(in: 1...Self.aggregates, using: &random)))
        try await rig.append(events.last!.number, of: events.last!.aggregate)
      }
      switch Int.random(in: 0..<6, using: &random) {
      case 0: try await rig.producer.restart()
      case 1:
        // Cut off wherever it is, and followed anew with nothing but what is in the database.
        running.cancel()
        if Bool.random(using: &random) { _ = await running.result }
        consumer = rig.consumer()
        running = Task { [consumer] in try await consumer.run() }
      case 2:
        running.cancel()
        _ = await running.result
        try await rig.follower.restart()
        consumer = rig.consumer()
        running = Task { [consumer] in try await consumer.run() }
      case 3: try await toggle(Int.random(in: 1...Self.aggregates, using: &random), rig)
      case 4:
        let aggregate = FeedRig.aggregate(Int.random(in: 1...Self.aggregates, using: &random))
        _ = try? await consumer.retry(aggregate)
      default: try await Task.sleep(for: .milliseconds(Int.random(in: 0...20, using: &random)))
      }
    }
    for aggregate in 1...Self.aggregates { try? await rig.refuse(aggregate, false) }
    try await rig.expect(true) {
      for aggregate in 1...Self.aggregates { _ = try? await consumer.retry(FeedRig.aggregate(aggregate)) }
      return try await rig.seen().count >= events.count
    }
    running.cancel()
    _ = await running.result
    let seen = try await rig.seen()
    #expect(seen.sorted() == events.map { FeedRig.id($0.number) }.sorted(), "seed \(seed)")
    for aggregate in 1...Self.aggregates {
      let expected = events.filter { $0.aggregate == aggregate }.map { FeedRig.id($0.number) }
      #expect(seen.filter(expected.contains) == expected, "aggregate \(aggregate), seed \(seed)")
    }
    #expect(try await rig.place()?.parkedEvents == 0)
    await rig.stop()
  }

  private func toggle(_ aggregate: Int, _ rig: FeedRig) async throws {
    do { try await rig.refuse(aggregate) } catch DatabaseError.constraint { try await rig.refuse(aggregate, false) }
  }
}
