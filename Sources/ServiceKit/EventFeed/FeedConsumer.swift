public import Database
import Foundation
import GoogleProto
import Logging
public import Metrics
import PatronAPI
public import RPC
import Synchronization

/// Follows another service's event feed, so that each event takes effect exactly once in this service's database.
///
///     consumer = FeedConsumer(
///       of: "loyalty", as: "reports", through: channel, in: environment,
///       resync: .replay { try $0.run(EarnedPoints.clear) }
///     ) { transaction, event in
///       let earned = try LoyaltyV1.PointsEarned(decoding: event.payload)
///       try transaction.run(EarnedPoints.add, [.text(event.aggregateID), .integer(earned.points)])
///     }
///
/// A service lists its consumers in `PatronService.feedConsumers` and they run beside it.
///
/// **Exactly once.** The effects of a batch of events and the cursor after them commit in one transaction, and the cursor moves only from
/// where it was read. So a process that is killed anywhere, a stream that breaks, a COMMIT whose answer is lost and a second replica all
/// come down to one thing: the feed is followed again from the cursor that is in the database.
///
/// **Order.** Events take effect in the order of the feed, which promises it per aggregate.
///
/// **Poison.** An event whose effect throws, alone, what time does not mend is parked with the error, and so is every later event of its
/// aggregate; the others go on. An operator looks (`feed parked`) and retries or skips. A failure that time may mend is tried again.
///
/// **What stops it**: see `FeedState`. Everything else (no connection, a refused call, a full disk) is tried again with growing pauses.
public final class FeedConsumer: Sendable {
  /// What an event does to this database. A write closure: it may run more than once, and has no effect but its SQL.
  public typealias Effect = @Sendable (Transaction, OutboxEvent) throws -> Void

  /// Named places to be killed at, for the service's `faultPoints`.
  public static let faultPoints = ["feed.before-commit", "feed.after-commit", "feed.before-retry-commit", "feed.after-resync-commit"]

  /// The service whose feed it is.
  public let feed: String
  let database: Database
  let limits: FeedLimits
  let resync: FeedResync
  let effect: Effect
  let clock: any WallClock
  let faults: FaultPoints
  let logger: Logger
  let metrics: FeedMetrics

  private let name: String
  private let types: [String]
  private let channel: any RPCChannel
  private let signer: CallerSigner
  private let random: any RandomSource
  private let entered = Mutex(FeedState.idle)

  /// - Parameters:
  ///   - feed: The service whose feed it is: the audience of its calls, and the name under which the cursor is kept.
  ///   - name: This service, in whose name it calls, and for whom the feed keeps its events.
  ///   - types: The only types that arrive; empty for all. Whoever adds one later has missed its earlier events: resync.
  ///   - effect: What each event does. Throw for an event that cannot take effect; its aggregate then waits for an operator.
  public init(
    of feed: String, as name: String, through channel: any RPCChannel, in environment: ServiceEnvironment, types: Set<String> = [],
    limits: FeedLimits = FeedLimits(), metrics: any MetricsFactory = MetricsSystem.factory, resync: FeedResync, _ effect: @escaping Effect
  ) {
    self.feed = feed
    self.name = name
    self.types = types.sorted()
    self.channel = channel
    self.limits = limits
    self.resync = resync
    self.effect = effect
    self.metrics = FeedMetrics(feed: feed, factory: metrics)
    database = environment.database
    clock = environment.clock
    random = environment.random
    faults = environment.faults
    logger = environment.logger
    signer = CallerSigner(ring: environment.keyRing, clock: environment.clock)
  }

  public var state: FeedState { entered.withLock(\.self) }

  func enter(_ state: FeedState) {
    let before = entered.withLock { entered in
      defer { entered = state }
      return entered
    }
    guard before != state else { return }
    metrics.entered(state)
    logger.debug("a feed's consumer is \(state.rawValue)", metadata: ["feed": "\(feed)"])
  }

  // MARK: Following

  /// Follows until it is cancelled. A batch whose transaction is under way commits; what has only arrived comes again after the next start.
  public func run() async throws {
    defer { enter(.idle) }
    var pauses = FeedPauses(limits, random: random)
    var slow = SlowEvent()
    while true {
      let subscription = FeedSubscription(self)
      do {
        enter(.connecting)
        try await subscription.run(&slow)
      } catch {
        // A cancelled task meets any error.
        try Task.checkCancellation()
        if subscription.hasMoved { pauses.reset() }
        if let stopped = FeedState(stoppedBy: error) {
          try await stand(still: stopped, error, at: subscription.place)
          continue
        }
        enter(.waiting)
        if error is FeedOvertaken {
          // Another replica follows the same feed, or an operator has moved it: there is no hurry.
          try await Task.sleep(for: pauses.longest())
          continue
        }
        metrics.failed()
        logger.warning("a feed is not followed for a moment", metadata: ["feed": "\(feed)", "error": "\(EffectFailure.text(of: error))"])
      }
      try await Task.sleep(for: pauses.take())
    }
  }

  /// Until the database stands elsewhere than where this consumer stopped: an operator has made the state anew, or has retried or skipped what
  /// is parked.
  private func stand(still state: FeedState, _ error: any Error, at place: FeedSubscription.Place?) async throws {
    enter(state)
    metrics.failed()
    logger.error(
      "a feed is no longer followed: it waits for an operator",
      metadata: ["feed": "\(feed)", "state": "\(state.rawValue)", "error": "\(error)"])
    repeat {
      try await Task.sleep(for: limits.stoppedInterval)
    } while (try? await self.place()).map { $0.map(FeedSubscription.Place.init) == place } ?? true
  }

  /// Where the database stands in the feed; nil before the first start.
  func place() async throws -> FeedPlace? {
    let feed = feed
    return try await database.read { try $0.place(in: feed) }
  }

  // MARK: Calls

  /// What comes after the cursor; the feed keeps it for this consumer from now on.
  func subscribe(after cursor: [UInt8]) async throws -> ReplyStream<EventsV1.SubscribeResponse> {
    try await subscribe(EventsV1.SubscribeRequest(cursor: cursor, types: types, consumer: name))
  }

  /// The cursor after the newest event. Asked without a name, so that the feed keeps nothing for a reading that may fail.
  func endOfFeed() async throws -> [UInt8] {
    let stream = try await subscribe(EventsV1.SubscribeRequest(fromEnd: true), timeout: limits.answerTimeout)
    for try await response in stream { return response.cursor }
    throw NoStart()
  }

  /// Waits for a connection, with the channel's own pauses.
  private func subscribe(
    _ request: EventsV1.SubscribeRequest, timeout: Duration? = nil
  ) async throws -> ReplyStream<EventsV1.SubscribeResponse> {
    var options = options
    options.waitForReady = true
    options.timeout = timeout
    return try await client.subscribe(request, options: options)
  }

  /// Whether the feed has heard it.
  func acknowledge(_ cursor: [UInt8]) async -> Bool {
    var options = options
    options.timeout = limits.answerTimeout
    return (try? await client.acknowledge(EventsV1.AcknowledgeRequest(consumer: name, cursor: cursor), options: options)) != nil
  }

  private var client: EventsV1.EventFeedServiceClient { EventsV1.EventFeedServiceClient(channel: channel) }

  private var options: CallOptions {
    signer.options(for: Caller(clientID: name, scopes: [Scope.eventsRead.rawValue]), to: feed)
  }
}
