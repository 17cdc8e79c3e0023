import Foundation

/// Files as the file system sees them: databases, their backups, archives.
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

  /// Writes a file so that its name stands for all of it or does not stand, on disk when this returns.
  static func write(_ parts: [[UInt8]], to path: String, beforeNaming: () throws -> Void = {}) throws {
    let partial = path + ".partial"
    let descriptor = Foundation.open(partial, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw FileFailure(errno) }
    do {
      defer { Foundation.close(descriptor) }
      for part in parts { try write(part, descriptor) }
      guard fsync(descriptor) == 0 else { throw FileFailure(errno) }
    } catch {
      unlink(partial)
      throw error
    }
    try beforeNaming()
    try rename(partial, to: path)
  }

  private static func write(_ bytes: [UInt8], _ descriptor: Int32) throws {
    try bytes.withUnsafeBytes { bytes in
      var written = 0
      while written < bytes.count {
        let count = Foundation.write(descriptor, bytes.baseAddress! + written, bytes.count - written)
        if count < 0, errno == EINTR { continue }
        guard count >= 0 else { throw FileFailure(errno) }
        written += count
      }
    }
  }

  static func sync(_ path: String) throws {
    let descriptor = Foundation.open(path, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw FileFailure(errno) }
    defer { Foundation.close(descriptor) }
    guard fsync(descriptor) == 0 else { throw FileFailure(errno) }
  }

  static func rename(_ from: String, to path: String) throws {
    guard Foundation.rename(from, path) == 0 else { throw FileFailure(errno) }
    // The name itself is durable once the folder is.
    let folder = (path as NSString).deletingLastPathComponent
    try sync(folder.isEmpty ? "." : folder)
  }
}

/// What the operating system answered; no path.
struct FileFailure: Error, CustomStringConvertible {
  let code: Int32

  init(_ code: Int32) { self.code = code }

  var description: String { String(cString: strerror(code)) }
}
