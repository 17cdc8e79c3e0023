import PatronAPI
import Synchronization
import Testing

@testable import ServiceKit

@Suite struct FeedBufferTests {
  private struct Over: Error {}

  private static func item(_ number: Int, bytes: Int = 0) -> FeedItem {
    FeedItem(
      EventsV1.SubscribeResponse(event: EventsV1.Event(eventID: "\(number)", payload: Array(repeating: 0, count: bytes)), cursor: [1]))
  }

  @Test func `what is put is taken in order, as much as is there`() async throws {
    let buffer = FeedBuffer(itemLimit: 10, byteLimit: 1_000_000)
    for number in 1...5 { try await buffer.put(Self.item(number)) }
    #expect(try await buffer.take(upTo: 3).map { $0.event?.id } == ["1", "2", "3"])
    #expect(try await buffer.take(upTo: 3).map { $0.event?.id } == ["4", "5"])
  }

  @Test(arguments: [(2, 1_000_000), (100, 3_000)]) func `a full buffer lets the putter wait`(items: Int, bytes: Int) async throws {
    let buffer = FeedBuffer(itemLimit: items, byteLimit: bytes)
    let put = Atomic(0)
    let putting = Task {
      for number in 1...6 {
        try await buffer.put(Self.item(number, bytes: 1_000))
        put.add(1, ordering: .relaxed)
      }
    }
    var taken: [String?] = []
    while taken.count < 6 {
      // Two fit, by count or by bytes.
      #expect(put.load(ordering: .relaxed) <= taken.count + 2)
      taken += try await buffer.take(upTo: 1).map { $0.event?.id }
    }
    try await putting.value
    #expect(taken == ["1", "2", "3", "4", "5", "6"])
  }

  @Test func `one item that is larger than the buffer passes alone`() async throws {
    let buffer = FeedBuffer(itemLimit: 2, byteLimit: 10)
    try await buffer.put(Self.item(1, bytes: 1_000))
    #expect(try await buffer.take(upTo: 5).count == 1)
  }

  @Test func `after the end what is there can still be taken`() async throws {
    let buffer = FeedBuffer(itemLimit: 10, byteLimit: 1_000_000)
    try await buffer.put(Self.item(1))
    buffer.end(Over())
    await #expect(throws: Over.self) { try await buffer.put(Self.item(2)) }
    #expect(try await buffer.take(upTo: 10).count == 1)
    await #expect(throws: Over.self) { try await buffer.take(upTo: 10) }
  }

  @Test func `cancelling one who waits ends it`() async throws {
    let buffer = FeedBuffer(itemLimit: 1, byteLimit: 1_000_000)
    let taking = Task { try await buffer.take(upTo: 1) }
    taking.cancel()
    await #expect(throws: CancellationError.self) { try await taking.value }
    await #expect(throws: CancellationError.self) { try await buffer.put(Self.item(1)) }
  }

  @Test func `a response that is not later than the last is passed over`() {
    func item(_ position: Int64, isHeartbeat: Bool = false) -> FeedItem {
      FeedItem(
        EventsV1.SubscribeResponse(
          event: isHeartbeat ? nil : EventsV1.Event(eventID: "e"), cursor: FeedCursor(epoch: [7], position: position).bytes))
    }
    var order = FeedOrder(after: FeedCursor(epoch: [7], position: 3).bytes)
    let items = [
      item(3), item(4), item(4), item(4, isHeartbeat: true), item(9, isHeartbeat: true), item(5), item(5, isHeartbeat: true), item(10),
    ]
    let isAdmitted = items.map { order.admits($0) }
    #expect(isAdmitted == [false, true, false, true, true, false, false, true])
  }
}
