import Foundation
import Logging
import Metrics
import Synchronization

/// Gives committed events their positions, and tells this process how far they go.
///
/// An entry of the outbox is numbered when it is appended, and transactions commit in another order: a consumer that read by entries would
/// pass one that commits late. So one replica, which holds a lease, numbers what is committed, and feeds show what has a number. Of one
/// aggregate the events keep their order: whoever writes an aggregate second begins after the first has committed, and appends after that.
///
/// **Fencing.** The lease is a row with a token that counts its holders. Who publishes locks the row under its own token, in the transaction
/// that gives the positions: one that was paused past its lease finds another token and publishes nothing, and two never publish at once
/// whatever their clocks say. The server's clock alone decides when a lease ends.
///
/// The others look at the row as often as the holder does, so that their feeds go on within `publishInterval`. NOTIFY is not used: its queue
/// would put all commits in line, and not every server that speaks the protocol has it.
///
/// `@unchecked Sendable`: the state is behind its lock; the thread alone touches what `run` makes.
final class PostgresPublisher: @unchecked Sendable {
  /// Events numbered by one transaction at most.
  static let batchLimit = 1_000

  private struct State {
    var isClosed = false
    /// Those who wait for a pass that begins after they came.
    var waiters: [UnsafeContinuation<Void, Never>] = []
  }

  private let configuration: DatabaseConfiguration
  private let feed: EventFeed
  private let holder: String
  private let takesLease: Bool
  private let bell = DispatchSemaphore(value: 0)
  private let state = Mutex(State())
  private let published = Counter(label: "database_published_events_total")

  init(_ configuration: DatabaseConfiguration, feed: EventFeed, takesLease: Bool) {
    self.configuration = configuration
    self.feed = feed
    self.takesLease = takesLease
    holder = UUID().uuidString
  }

  // MARK: From any thread

  /// There is something to publish.
  func ring() { bell.signal() }

  /// Returns after a pass that begins now or later; at once when closed.
  func pass() async {
    await withUnsafeContinuation { continuation in
      let isClosed = state.withLock { state in
        if !state.isClosed { state.waiters.append(continuation) }
        return state.isClosed
      }
      if isClosed { continuation.resume() } else { ring() }
    }
  }

  /// Ends the thread after what is committed is published, as far as this process may.
  func close() {
    state.withLock { $0.isClosed = true }
    ring()
  }

  // MARK: The thread

  func run() {
    let keeper = PostgresKeeper(configuration, role: .maintenance)
    var lease: Int64?
    var isClosed = false
    while !isClosed {
      _ = bell.wait(timeout: .now() + .milliseconds(max(1, configuration.publishInterval.milliseconds)))
      while bell.wait(timeout: .now()) == .success {}
      let waiters = state.withLock { state in
        isClosed = state.isClosed
        defer { state.waiters = [] }
        return state.waiters
      }
      do {
        try pass(&lease, on: keeper.get())
      } catch {
        // The token stays: the next pass learns whether the row still has it.
        keeper.drop()
      }
      for waiter in waiters { waiter.resume() }
    }
    if let lease, let connection = try? keeper.get() { try? PublisherLease.release(lease, on: connection) }
    for waiter in state.withLock(\.waiters) { waiter.resume() }
  }

  private func pass(_ lease: inout Int64?, on connection: PostgresConnection) throws {
    connection.limitTime(until: .now + configuration.publisherLease)
    let seen = try PublisherLease.look(for: configuration.publisherLease, on: connection)
    var position = seen.lastPosition
    if lease != seen.token { lease = nil }
    if takesLease, lease == nil, seen.isOver {
      lease = try PublisherLease.take(by: holder, for: configuration.publisherLease, on: connection)
    }
    if let token = lease, seen.hasUnpublished || seen.isHalfOver {
      var count = Self.batchLimit
      while count == Self.batchLimit {
        guard let batch = try PublisherLease.publish(token, for: configuration.publisherLease, on: connection) else {
          lease = nil
          break
        }
        (position, count) = (batch.lastPosition, batch.count)
        published.increment(by: count)
      }
    }
    feed.advance(to: position)
  }
}
