import Foundation
import GoogleProto
import Loyalty
import PatronAPI
import RPC
import RPCTransport
import ServiceKit
import Synchronization
import Testing

/// Sends writes to loyalty from several callers, and remembers what was asked, what was acknowledged, and when.
///
/// A write that was not acknowledged is sent again, with its request id, after the next start: it then takes effect, or had already.
final class CrashDriver: Sendable {
  struct Write: Sendable {
    let memberID: String
    let points: Int64
    /// Before it was first sent.
    let askedTime: Date
    /// Once it was acknowledged.
    var acknowledgedTime: Date?
    var entryID: String?
  }

  private let writes = Mutex<[String: Write]>([:])
  private let nextNumber = Atomic(0)
  private let mark: String

  private static let callers = 8
  private static let members = 12
  private static let patience = CallOptions(timeout: .seconds(60))

  private final class Count: Sendable {
    private let count = Atomic(0)

    func next() -> Int { count.add(1, ordering: .relaxed).newValue }
  }

  init(mark: String) { self.mark = mark }

  var all: [String: Write] { writes.withLock { $0 } }
  var acknowledgedCount: Int { all.values.count { $0.entryID != nil } }

  /// Repeats what was not acknowledged, and a few that were: each must have the reply that it had.
  func settle(_ client: LoyaltyV1.LoyaltyServiceClient, seed: UInt64) async throws {
    var random = SplitMix64(seed: seed)
    let open = all.filter { $0.value.entryID == nil }.keys.sorted()
    let repeated = all.filter { $0.value.entryID != nil }.keys.sorted().shuffled(using: &random).prefix(20)
    for requestID in open + repeated {
      guard let write = all[requestID] else { continue }
      let reply = try await client.adjustPoints(request(requestID, write), options: Self.patience)
      if let entryID = write.entryID { #expect(reply.entryID == entryID, "\(requestID) took effect twice") }
      note(requestID, reply.entryID)
    }
  }

  /// Writes until the service is gone.
  /// - Parameter afterAnswers: called after each answer with how many there were.
  func writeUntilGone(
    _ client: LoyaltyV1.LoyaltyServiceClient, seed: UInt64, afterAnswers: @escaping @Sendable (Int) -> Void
  ) async {
    let answers = Count()
    await withTaskGroup(of: Void.self) { group in
      for caller in 0..<Self.callers {
        group.addTask { [self] in
          var random = SplitMix64(seed: seed &+ UInt64(caller))
          while true {
            let requestID = "\(mark)-\(nextNumber.add(1, ordering: .relaxed).newValue)"
            let write = Write(
              memberID: "mem_\(Int.random(in: 0..<Self.members, using: &random))", points: Int64.random(in: 1...100, using: &random),
              askedTime: Date())
            writes.withLock { $0[requestID] = write }
            do {
              note(requestID, try await client.adjustPoints(request(requestID, write), options: CallOptions(timeout: .seconds(20))).entryID)
            } catch {
              return
            }
            afterAnswers(answers.next())
          }
        }
      }
    }
  }

  private func request(_ requestID: String, _ write: Write) -> LoyaltyV1.AdjustPointsRequest {
    LoyaltyV1.AdjustPointsRequest(requestID: requestID, memberID: write.memberID, points: write.points, reason: "crash test")
  }

  private func note(_ requestID: String, _ entryID: String) {
    writes.withLock { writes in
      guard writes[requestID]?.entryID == nil else { return }
      writes[requestID]?.acknowledgedTime = Date()
      writes[requestID]?.entryID = entryID
    }
  }

  // MARK: What must be so

  /// Every member has the sum of what was acknowledged, once.
  func expectBalances(_ client: LoyaltyV1.LoyaltyServiceClient, _ comment: String) async throws {
    let sums = Dictionary(grouping: all.values) { $0.memberID }.mapValues { $0.reduce(0) { $0 + $1.points } }
    for (memberID, sum) in sums {
      let reply = try await client.getBalance(LoyaltyV1.GetBalanceRequest(memberID: memberID), options: Self.patience)
      #expect(reply.balance?.spendablePoints == sum, "\(comment): \(memberID)")
    }
  }
}

/// A consumer of the feed that keeps its cursor over the service's deaths, and whatever it has seen.
actor CrashFeed {
  private var cursor: [UInt8] = []
  private var seen: Set<String> = []
  private var entries: [String: Int] = [:]

  /// Reads on until every entry was seen; each event once.
  func follow(_ client: EventsV1.EventFeedServiceClient, until expected: Set<String>, _ comment: String) async throws {
    let read = Task { [cursor] in
      var cursor = cursor
      var events: [EventsV1.Event] = []
      var missing = expected.subtracting(entries.keys)
      guard !missing.isEmpty else { return (cursor, events) }
      for try await response in try await client.subscribe(
        EventsV1.SubscribeRequest(cursor: cursor), options: CallOptions(timeout: .seconds(120)))
      {
        cursor = response.cursor
        guard let event = response.event else { continue }
        events.append(event)
        if let entryID = Self.entryID(event) { missing.remove(entryID) }
        if missing.isEmpty { break }
      }
      return (cursor, events)
    }
    let (end, events) = try await read.value
    cursor = end
    for event in events {
      #expect(seen.insert(event.eventID).inserted, "\(comment): \(event.eventID) came twice")
      if let entryID = Self.entryID(event) { entries[entryID, default: 0] += 1 }
    }
    #expect(expected.subtracting(entries.keys).isEmpty, "\(comment): the feed has a gap")
    #expect(entries.values.allSatisfy { $0 == 1 }, "\(comment): an effect was announced twice")
  }

  private static func entryID(_ event: EventsV1.Event) -> String? {
    guard event.type == "loyalty.points_adjusted.v1" else { return nil }
    return try? LoyaltyV1.PointsAdjusted(decoding: event.payload).entryID
  }
}
