internal import Database

/// The schema's history: forward only, each file immutable once released.
enum Migrations {
  static let all = [
    Migration(number: 1, name: "initial", sql: PackageResources._001_initial_sql),
    Migration(number: 2, name: "stored_value", sql: PackageResources._002_stored_value_sql),
    Migration(number: 3, name: "expiry_rules", sql: PackageResources._003_expiry_rules_sql),
    Migration(number: 4, name: "earning_rules", sql: PackageResources._004_earning_rules_sql),
    Migration(number: 5, name: "entitlements", sql: PackageResources._005_entitlements_sql),
    Migration(number: 6, name: "tiers", sql: PackageResources._006_tiers_sql),
    Migration(number: 7, name: "earned_share", sql: PackageResources._007_earned_share_sql),
    Migration(number: 8, name: "points", sql: PackageResources._008_points_sql),
    Migration(number: 9, name: "rewards", sql: PackageResources._009_rewards_sql),
    Migration(number: 10, name: "adjustments", sql: PackageResources._010_adjustments_sql),
    Migration(number: 11, name: "entitlement_ends", sql: PackageResources._011_entitlement_ends_sql),
  ]
}
