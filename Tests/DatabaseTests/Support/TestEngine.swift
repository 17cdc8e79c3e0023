import Foundation
import Testing

@testable import Database

/// The engine that tests run on: SQLite, unless the environment names a PostgreSQL server (`make test-postgres`).
enum TestEngine {
  static let server = ProcessInfo.processInfo.environment["PATRON_TEST_POSTGRES"].flatMap { DatabaseLocation($0) }
}

extension Trait where Self == ConditionTrait {
  /// For what looks into SQLite's own files, words or faults.
  static var onSQLite: Self { .enabled(if: TestEngine.server == nil, "on SQLite only") }
  static var onPostgres: Self { .enabled(if: TestEngine.server != nil, "on PostgreSQL only") }
}
