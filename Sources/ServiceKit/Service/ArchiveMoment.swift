import Foundation

/// A moment as operators write it, for `restore --at`.
enum ArchiveMoment {
  static func isArchive(_ path: String) -> Bool {
    var isFolder = ObjCBool(false)
    return FileManager.default.fileExists(atPath: path, isDirectory: &isFolder) && isFolder.boolValue
  }

  /// With a zone, always: a time without one means another moment on another machine.
  static func parse(_ text: String) throws(ConfigError) -> Date {
    let fraction = Date.ISO8601FormatStyle(includingFractionalSeconds: true)
    guard let date = (try? fraction.parse(text)) ?? (try? Date.ISO8601FormatStyle().parse(text)) else {
      throw ConfigError(key: "at", problem: "\"\(text)\" is no moment such as 2026-11-22T10:00:00Z or 2026-11-22T10:00:00.250+08:00")
    }
    return date
  }

  /// Of microseconds since 1970 UTC.
  static func text(_ time: Int64?) -> String {
    guard let time else { return "its base: no commit was shipped after that" }
    return "its last commit, of "
      + Date(timeIntervalSince1970: Double(time) / 1_000_000).formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true))
  }
}
