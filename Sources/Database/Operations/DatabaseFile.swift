import Foundation

/// The file under a database, as the file system sees it.
enum DatabaseFile {
  /// Makes the file and its folder when missing, readable by their owner only: SQLite gives its log the file's own mode.
  static func make(_ path: String) throws {
    try makeFolder(of: path)
    let descriptor = Foundation.open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw DatabaseError.inputOutput(sql: "open") }
    Foundation.close(descriptor)
  }

  static func makeFolder(of path: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
    do {
      if !folder.isEmpty {
        try FileManager.default.createDirectory(
          atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      }
    } catch {
      throw DatabaseError.inputOutput(sql: "open")
    }
  }
}
