internal import Database
internal import Foundation
internal import PatronAPI
internal import ProtobufC

/// Policies of points: immutable rows, the highest version in force.
enum PointsPolicyStore {
  static func inForce(_ reader: some Queryable) throws -> PointsPolicy {
    try reader.first(policyInForce, []) { row in
      PointsPolicy(
        version: row.int64(0), publishedAt: row.time(2), try LoyaltyV1.PointsPolicy(decoding: row.blob(1)))
    } ?? .unpublished
  }

  /// The policy with its new version.
  static func publish(_ policy: PointsPolicy, _ transaction: Transaction) throws -> PointsPolicy {
    var published = policy
    published.version = try inForce(transaction).version + 1
    try transaction.run(
      insertPolicy, [.integer(published.version), .blob(LoyaltyV1.PointsPolicy(policy).encoded()), .time(policy.publishedAt)])
    return published
  }

  private static let policyInForce = SQL(
    "loyalty.points-policy-in-force", "SELECT version, terms, published_at FROM points_policy ORDER BY version DESC LIMIT 1")
  private static let insertPolicy = SQL(
    "loyalty.publish-points-policy", "INSERT INTO points_policy (version, terms, published_at) VALUES (?1, ?2, ?3)")
}
