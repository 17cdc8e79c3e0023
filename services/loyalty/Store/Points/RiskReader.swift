internal import Database
internal import Foundation

/// Signals, computed from what is on record when somebody asks: nothing is kept for them, so no write is slower for them, and another threshold
/// judges the past at once. A page reads the facts of its time, on the reader that keeps nobody waiting.
struct RiskReader {
  /// Facts of one member that a signal is looked for in, the latest first.
  static let factsAtMost = 5_000

  /// Whom a signal concerns.
  struct Subject: Equatable, Sendable {
    var memberID: String
    var staffID: String
  }

  let kind: RiskKind
  let policy: PointsPolicy
  let since: Date
  /// Empty for all.
  let memberID: String

  /// Of at most `limit` members (or pairs of a person and a member) after `previous`, and whom it looked at last; nil when there is no more.
  func signals(
    after previous: Subject?, limit: Int, _ snapshot: some Queryable
  ) throws -> (signals: [RiskSignal], next: Subject?) {
    guard let threshold = policy.risk.threshold(of: kind) else { return ([], nil) }
    let span = policy.risk.cycleDays * 86_400 * 1_000_000
    let common: [SQLValue] = [.time(since), .integer(span), .text(memberID)]
    let subjects = try snapshot.all(
      Self.subjects(kind),
      common + [.text(previous?.memberID ?? ""), .text(previous?.staffID ?? ""), .integer(threshold.count), .integer(limit + 1)]
    ) { Subject(memberID: $0.text(0), staffID: $0.text(1)) }
    var signals: [RiskSignal] = []
    for subject in subjects.prefix(limit) {
      let facts = try snapshot.all(
        Self.facts(kind), [.time(since), .integer(span), .text(subject.memberID), .text(subject.staffID), .integer(Self.factsAtMost)]
      ) { RiskThreshold.Fact(id: $0.text(0), at: $0.time(1), counted: $0.text(2)) }
      signals += threshold.crossings(of: facts.reversed()).map { crossing in
        RiskSignal(
          kind: kind, memberID: subject.memberID, staffID: subject.staffID, threshold: threshold, crossing: crossing,
          policyVersion: policy.version)
      }
    }
    return (signals, subjects.count > limit ? subjects[limit - 1] : nil)
  }

  // MARK: SQL

  /// What happened since ?1: member, person, fact, instant, what is counted. ?2 is the span of a cycle.
  private static func base(_ kind: RiskKind) -> String {
    let hands =
      """
      FROM ledger_transaction AS line
      WHERE line.kind = 'adjust' AND line.variant IN ('', 'reinstatement') AND line.points > 0 AND line.staff_id <> '' AND line.posted_at >= ?1
        AND CAST(?2 AS BIGINT) >= 0
      """
    return switch kind {
    case .earnRefundCycle:
      """
      SELECT hold.member_id AS member_id, '' AS staff_id, back.return_id AS fact_id, back.created_at AS at, hold.order_id AS counted
      FROM order_reversal AS back JOIN order_hold AS hold ON hold.order_id = back.order_id
      WHERE back.created_at >= ?1 AND back.refunded_after >= back.refunded_total AND hold.earn_points > 0 AND hold.member_id <> ''
        AND back.created_at - hold.resolved_at <= CAST(?2 AS BIGINT)
      """
    case .orderVelocity:
      """
      SELECT member_id, '' AS staff_id, order_id AS fact_id, resolved_at AS at, order_id AS counted FROM order_hold
      WHERE state = 'committed' AND member_id <> '' AND resolved_at >= ?1 AND CAST(?2 AS BIGINT) >= 0
      """
    case .transferVelocity:
      """
      SELECT from_member_id AS member_id, '' AS staff_id, transfer_id AS fact_id, created_at AS at, transfer_id AS counted
      FROM point_transfer WHERE created_at >= ?1 AND CAST(?2 AS BIGINT) >= 0
      """
    case .awardVelocity:
      """
      SELECT member_id, '' AS staff_id, action_id AS fact_id, awarded_at AS at, entry_id AS counted
      FROM awarded_action WHERE awarded_at >= ?1 AND CAST(?2 AS BIGINT) >= 0
      """
    case .staffAdjustments:
      "SELECT line.member_id AS member_id, line.staff_id AS staff_id, line.entry_id AS fact_id, line.posted_at AS at, line.entry_id AS counted\n"
        + hands
    case .staffOwnAccount:
      "SELECT line.member_id AS member_id, line.staff_id AS staff_id, line.entry_id AS fact_id, line.posted_at AS at, line.entry_id AS counted\n"
        + hands
        + "\n  AND EXISTS (SELECT 1 FROM staff_member AS own WHERE own.staff_id = line.staff_id AND own.member_id = line.member_id)"
    case .manySenders:
      """
      SELECT to_member_id AS member_id, '' AS staff_id, transfer_id AS fact_id, created_at AS at, from_member_id AS counted
      FROM point_transfer WHERE created_at >= ?1 AND CAST(?2 AS BIGINT) >= 0
      """
    }
  }

  private static func subjects(_ kind: RiskKind) -> SQL {
    let name: StaticString =
      switch kind {
      case .earnRefundCycle: "loyalty.risk-subjects-earn-refund-cycle"
      case .orderVelocity: "loyalty.risk-subjects-order-velocity"
      case .transferVelocity: "loyalty.risk-subjects-transfer-velocity"
      case .awardVelocity: "loyalty.risk-subjects-award-velocity"
      case .staffAdjustments: "loyalty.risk-subjects-staff-adjustments"
      case .staffOwnAccount: "loyalty.risk-subjects-staff-own-account"
      case .manySenders: "loyalty.risk-subjects-many-senders"
      }
    return SQL(
      name,
      """
      SELECT facts.member_id, facts.staff_id FROM (\(base(kind))) AS facts
      WHERE (?3 = '' OR facts.member_id = ?3) AND (facts.member_id > ?4 OR (facts.member_id = ?4 AND facts.staff_id > ?5))
      GROUP BY facts.member_id, facts.staff_id HAVING count(DISTINCT facts.counted) >= ?6
      ORDER BY facts.member_id, facts.staff_id LIMIT ?7
      """)
  }

  private static func facts(_ kind: RiskKind) -> SQL {
    let name: StaticString =
      switch kind {
      case .earnRefundCycle: "loyalty.risk-facts-earn-refund-cycle"
      case .orderVelocity: "loyalty.risk-facts-order-velocity"
      case .transferVelocity: "loyalty.risk-facts-transfer-velocity"
      case .awardVelocity: "loyalty.risk-facts-award-velocity"
      case .staffAdjustments: "loyalty.risk-facts-staff-adjustments"
      case .staffOwnAccount: "loyalty.risk-facts-staff-own-account"
      case .manySenders: "loyalty.risk-facts-many-senders"
      }
    return SQL(
      name,
      """
      SELECT facts.fact_id, facts.at, facts.counted FROM (\(base(kind))) AS facts
      WHERE facts.member_id = ?3 AND facts.staff_id = ?4
      ORDER BY facts.at DESC, facts.fact_id DESC LIMIT ?5
      """)
  }
}
