import Foundation

/// Files that hold a secret or announce a state: written whole or not at all, and readable by their owner only.
public enum PrivateFile {
  /// Makes `path` with mode 0600 and `contents`, unless it exists, in which case it is left as it is.
  ///
  /// The contents are on disk under another name before `path` appears, so nobody ever reads half of it.
  public static func create(_ path: String, contents: [UInt8]) throws {
    let temporary = try writeBeside(path, contents: contents)
    defer { unlink(temporary) }
    if link(temporary, path) != 0 && errno != EEXIST { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    try synchronizeFolder(of: path)
  }

  /// Makes or replaces `path` with mode 0600 and `contents`, atomically.
  public static func replace(_ path: String, contents: [UInt8]) throws {
    let temporary = try writeBeside(path, contents: contents)
    guard rename(temporary, path) == 0 else {
      let error = POSIXError(.init(rawValue: errno) ?? .EIO)
      unlink(temporary)
      throw error
    }
    try synchronizeFolder(of: path)
  }

  /// Why a private file cannot be used; it follows the file's name in a sentence.
  package enum ReadProblem: Error, CustomStringConvertible {
    case unreadable, readableByOthers

    package var description: String {
      switch self {
      case .unreadable: "cannot be read"
      case .readableByOthers: "must be readable by its owner only (chmod 600)"
      }
    }
  }

  /// The contents of a file that holds a secret; one that others may read is refused.
  package static func read(_ path: String) throws(ReadProblem) -> [UInt8] {
    guard let bytes = FileManager.default.contents(atPath: path) else { throw .unreadable }
    try requireOwnersOnly(path)
    return Array(bytes)
  }

  package static func requireOwnersOnly(_ path: String) throws(ReadProblem) {
    let attributes = try? FileManager.default.attributesOfItem(atPath: path)
    guard let mode = attributes?[.posixPermissions] as? NSNumber, mode.intValue & 0o077 == 0 else { throw .readableByOthers }
  }

  /// A new name is on disk when its folder is: without this a power cut may leave a key that is in force and stands nowhere.
  package static func synchronizeFolder(of path: String) throws {
    let folder = (path as NSString).deletingLastPathComponent
    let descriptor = open(folder.isEmpty ? "." : folder, O_RDONLY | O_CLOEXEC)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    defer { close(descriptor) }
    guard fsync(descriptor) == 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
  }

  private static func writeBeside(_ path: String, contents: [UInt8]) throws -> String {
    let folder = (path as NSString).deletingLastPathComponent
    if !folder.isEmpty { try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true) }
    var template = Array((path + ".XXXXXX").utf8CString)
    // mkstemp makes the file with mode 0600, whatever the umask.
    let descriptor = mkstemp(&template)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    let temporary = String(decoding: template.dropLast().map { UInt8(bitPattern: $0) }, as: UTF8.self)
    let handle = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    do {
      try handle.write(contentsOf: Data(contents))
      try handle.synchronize()
      try handle.close()
    } catch {
      unlink(temporary)
      throw error
    }
    return temporary
  }
}
