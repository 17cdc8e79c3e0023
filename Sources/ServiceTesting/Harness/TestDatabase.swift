public import Database
import Foundation
import Synchronization

/// The engine that tests run on: SQLite, unless the environment names a PostgreSQL server (`make test-postgres`).
public enum TestEngine {
  static let variable = "PATRON_TEST_POSTGRES"

  static var server: DatabaseLocation? { ProcessInfo.processInfo.environment[variable].flatMap { DatabaseLocation($0) } }

  /// Another database of that server, for what must lie apart from the service's data.
  static var otherServer: DatabaseLocation? {
    ProcessInfo.processInfo.environment[variable + "_KEYS"].flatMap { DatabaseLocation($0) }
  }

  /// What a test that looks into SQLite's own file or words asks before it runs.
  public static var isSQLite: Bool { server == nil }
}

/// An empty database of a test's own: a file in a folder, or a schema of the test server. Removed when asked, and at the latest when nobody
/// holds it.
public final class TestDatabase: Sendable {
  public let location: DatabaseLocation
  /// As the configuration's key `database` has it.
  public let text: String
  private let schema: String?
  private let server: DatabaseLocation?
  private let isRemoved = Atomic(false)

  /// - Parameter liesApart: Whether it must be another database of the server than that of the service's data.
  public init(_ name: String, in folder: TemporaryFolder, liesApart: Bool = false) throws {
    server = liesApart ? TestEngine.otherServer : TestEngine.server
    if let server {
      let schema = "\(name)_\(UUID().uuidString.prefix(13).lowercased().replacing("-", with: "_"))"
      location = try PostgresSchema.make(schema, on: server)
      self.schema = schema
    } else {
      location = .sqlite(path: "\(folder.path)/\(name).sqlite")
      schema = nil
    }
    switch location {
    case .sqlite(let path): text = path
    case .postgres(let url): text = url
    }
  }

  deinit { remove() }

  public func remove() {
    guard !isRemoved.exchange(true, ordering: .relaxed) else { return }
    if let schema, let server { try? PostgresSchema.remove(schema, on: server) }
  }
}
