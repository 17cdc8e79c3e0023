internal import Database

/// The schema's history: forward only, each file immutable once released.
enum Migrations {
  static let all = [
    Migration(number: 1, name: "initial", sql: PackageResources._001_initial_sql),
<<<<<<< HEAD
    Migration(number: 2, name: "stored_value", sql: PackageResources._002_stored_value_sql),
=======
    Migration(number: 2, name: "expiry rules", sql: PackageResources._002_expiry_rules_sql),
>>>>>>> expiry
  ]
}
