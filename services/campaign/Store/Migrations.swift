import Database

/// The schema's history: forward only, and no file changes once it has been released.
enum CampaignMigrations {
  static let all = [
    Migration(number: 1, name: "initial", sql: PackageResources._001_initial_sql)
  ]
}
