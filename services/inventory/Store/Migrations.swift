package import Database

/// The schema's history, oldest first. An applied file is never edited.
package enum InventoryMigrations {
  package static let all: [Migration] = [
    Migration(number: 1, name: "initial", sql: PackageResources._001_initial_sql)
  ]
}
