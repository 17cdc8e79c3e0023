internal import Database
internal import Foundation
internal import GoogleProto
internal import Logging
internal import PatronAPI
internal import ServiceKit

/// Makes known which points will expire soon: an event for each lot, once, in the order of their ends.
///
/// A row says how far the notices have come, and moves in the transaction of the events, so a crash repeats and loses none; of two replicas
/// that take the same step, the one that comes second runs again and takes the next.
struct ExpiryNotices: Sendable {
  /// What one write publishes at most: a few milliseconds, so no till waits for millions of lots.
  static let eventsOfARound = 100

  let environment: ServiceEnvironment
  let interval: Duration
  /// How long before their end points are told of.
  let lead: Duration
  let batch: Int

  func run() async throws {
    guard lead > .zero else { return }
    while !Task.isCancelled {
      do {
        try await pass()
      } catch let error where !(error is CancellationError) {
        environment.logger.error(
          "points that will expire could not be told of",
          metadata: ["error": "\(error is DatabaseError ? "\(error)" : "\(type(of: error))")"])
      }
      try await Task.sleep(for: interval)
    }
  }

  /// Rounds until every lot that ends within the lead has been looked at.
  func pass() async throws {
    var step = Step.again
    while step == .again {
      try Task.checkCancellation()
      step = try await round()
    }
  }

  enum Step: Equatable { case again, atEnd }

  func round() async throws -> Step {
    let now = environment.clock.now()
    let horizon = now.addingTimeInterval(TimeInterval(lead.components.seconds))
    let first = MovementIDs(from: environment.ids.next("ent"))
    return try await environment.database.write { [batch] transaction in
      var ids = first
      let lots = try ExpiryNoticeStore.advance(to: horizon, limit: batch, transaction)
      // Those that have ended already have an event of their own.
      for lot in lots where lot.expiresAt > now {
        let payload = LoyaltyV1.PointsExpiring(
          memberID: lot.memberID, lotID: lot.lotID, points: lot.points, expireTime: GoogleProtobuf.Timestamp(lot.expiresAt))
        try transaction.append(
          OutboxEvent(
            id: ids.nextEvent(), type: "loyalty.points_expiring.v1", aggregateType: "member", aggregateID: lot.memberID, time: now,
            payload: payload.encoded()))
      }
      return lots.count == batch ? .again : .atEnd
    }
  }
}
