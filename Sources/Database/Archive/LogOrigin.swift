import Foundation

/// Which log of its archive the one beside the database follows, in the database itself.
///
/// The commit that begins the log anew writes it. SQLite makes both durable in one, so no crash parts the two: a start that finds the next log and
/// this row knows that the log before was in the archive to its last frame.
struct LogOrigin: Codable, Equatable {
  let chain: Int
  /// The log before.
  let log: Int
  /// All that it had.
  let frames: Int

  /// Nothing is known of the log before, or something of it is in no archive.
  static let unknown = LogOrigin(chain: 0, log: 0, frames: 0)

  private static let key = "log-origin"

  static func read(_ connection: EngineConnection) throws -> LogOrigin {
    guard let bytes = try Meta.find(key, connection) else { return .unknown }
    return (try? JSONDecoder().decode(LogOrigin.self, from: Data(bytes))) ?? .unknown
  }

  func write(_ connection: EngineConnection) throws { try Meta.replace(Self.key, Array(ArchiveFolder.json(self)), connection) }

  /// Whoever serves the database without shipping its log may have it begun anew, and nothing would tell.
  static func forget(_ connection: EngineConnection) throws {
    if try read(connection) != .unknown { try unknown.write(connection) }
  }
}
