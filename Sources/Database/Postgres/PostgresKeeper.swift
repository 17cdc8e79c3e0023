/// A thread's connection: opened when first needed, and again after it was lost, with a pause that grows with each failure. While it cannot be
/// opened everything is answered at once.
final class PostgresKeeper {
  private static let longestPause = Duration.seconds(2)

  private let configuration: DatabaseConfiguration
  private let role: PostgresConnection.Role
  private var connection: PostgresConnection?
  private var failuresInARow = 0
  private var nextAttempt = ContinuousClock.now

  init(_ configuration: DatabaseConfiguration, role: PostgresConnection.Role) {
    self.configuration = configuration
    self.role = role
  }

  /// The connection, or `inputOutput` at "connect".
  func get() throws -> PostgresConnection {
    if let connection, connection.isIdle { return connection }
    connection = nil
    guard ContinuousClock.now >= nextAttempt else { throw DatabaseError.inputOutput(sql: "connect") }
    do {
      let opened = try PostgresConnection(configuration, role: role)
      failuresInARow = 0
      connection = opened
      return opened
    } catch {
      failuresInARow += 1
      nextAttempt = .now + min(.milliseconds(50) * (1 << min(failuresInARow, 6)), Self.longestPause)
      throw error
    }
  }

  /// Closes a connection that was lost, or whose state is not known.
  func drop() { connection = nil }
}
