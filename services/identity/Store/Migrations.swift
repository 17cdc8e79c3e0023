import Database

/// The schema's history, oldest first. A file that has been released is never edited: `Database` refuses to start if it was.
enum Migrations {
  static let all = [
    Migration(number: 1, name: "initial", sql: PackageResources._001_initial_sql),
    Migration(number: 2, name: "sealed_members", sql: PackageResources._002_sealed_members_sql),
    Migration(number: 3, name: "retired_member_ids", sql: PackageResources._003_retired_member_ids_sql),
  ]
}
