import Foundation

/// Schemas of a server's database, one for each owner of tables: for tests, which each get one of their own.
package enum PostgresSchema {
  /// Makes an empty schema and returns where a database finds its tables in it.
  package static func make(_ name: String, on server: DatabaseLocation) throws -> DatabaseLocation {
    guard case .postgres(let url) = server else { preconditionFailure("a file has no schemas") }
    try PostgresConnection(DatabaseConfiguration(server), role: .maintenance).control("CREATE SCHEMA \"\(name)\"")
    return .postgres(url: url + (url.contains("?") ? "&" : "?") + "options=-csearch_path%3D\(name)")
  }

  /// Does nothing where the environment says that the server goes as well: each removal is told to every connection of the others.
  package static func remove(_ name: String, on server: DatabaseLocation) throws {
    if ProcessInfo.processInfo.environment["PATRON_TEST_POSTGRES_KEEPS_SCHEMAS"] != nil { return }
    let connection = try PostgresConnection(DatabaseConfiguration(server), role: .maintenance)
    try connection.control("SET client_min_messages = error; DROP SCHEMA \"\(name)\" CASCADE")
  }
}
