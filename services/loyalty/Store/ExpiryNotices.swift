internal import Database
internal import Foundation
internal import GoogleProto
internal import Logging
internal import PatronAPI
internal import ServiceKit

/// Makes known what will end soon: an event for each lot of points and for each card of uses, once, in the order of their ends.
///
/// Rows say what was told of, and change in the transaction of the events, so a crash repeats and loses none; of two replicas that take the
/// same step, the one that comes second runs again and takes the next.
struct ExpiryNotices: Sendable {
  /// What one write publishes at most: a few milliseconds, so no till waits for millions of lots.
  static let eventsOfARound = 20

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
          "what will expire could not be told of",
          metadata: ["error": "\(error is DatabaseError ? "\(error)" : "\(type(of: error))")"])
      }
      try await Task.sleep(for: interval)
    }
  }

  /// Rounds until everything that ends within the lead has been looked at.
  func pass() async throws {
    for round in [round, cardRound] {
      var step = Step.again
      while step == .again {
        try Task.checkCancellation()
        step = try await round()
      }
    }
  }

  enum Step: Equatable { case again, atEnd }

  private func horizon(_ now: Date) -> Date { now.addingTimeInterval(TimeInterval(lead.components.seconds)) }

  /// Of points.
  func round() async throws -> Step {
    let now = environment.clock.now()
    let horizon = horizon(now)
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

  /// Of cards.
  private func cardRound() async throws -> Step {
    let now = environment.clock.now()
    let horizon = horizon(now)
    let first = MovementIDs(from: environment.ids.next("ent"))
    return try await environment.database.write { [batch] transaction in
      var ids = first
      let periods = try EntitlementNoticeStore.advance(to: horizon, limit: batch, transaction)
      for period in periods where period.end > now && !period.isFollowed {
        let payload = LoyaltyV1.EntitlementExpiring(
          entitlementID: period.entitlementID, memberID: period.memberID, planCode: period.planCode, period: Int32(period.number),
          expireTime: GoogleProtobuf.Timestamp(period.end), usesLeft: period.usesLeft, renews: period.renews)
        try transaction.append(
          OutboxEvent(
            id: ids.nextEvent(), type: "loyalty.entitlement_expiring.v1", aggregateType: "entitlement", aggregateID: period.entitlementID,
            time: now, payload: payload.encoded()))
      }
      return periods.count == batch ? .again : .atEnd
    }
  }
}
