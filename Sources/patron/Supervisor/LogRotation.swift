import Foundation

/// A service's log is moved aside at a start once it is long; one older log is kept.
enum LogRotation {
  static let longestLogBytes = 64 * 1024 * 1024

  static func rotate(_ log: String) throws {
    let attributes = try? FileManager.default.attributesOfItem(atPath: log)
    guard let size = attributes?[.size] as? NSNumber, size.intValue > longestLogBytes else { return }
    guard rename(log, log + ".1") == 0 else { throw CommandError("cannot move \(log) aside: \(String(cString: strerror(errno)))") }
  }

  /// The last line of a log, for saying why a service did not start.
  static func lastLine(_ log: String) -> String {
    guard let handle = FileHandle(forReadingAtPath: log) else { return "" }
    defer { try? handle.close() }
    let end = (try? handle.seekToEnd()) ?? 0
    let tailBytes: UInt64 = 4_096
    try? handle.seek(toOffset: end > tailBytes ? end - tailBytes : 0)
    let tail = (try? handle.readToEnd()) ?? Data()
    return String(decoding: tail, as: UTF8.self).split(separator: "\n").last.map(String.init) ?? ""
  }
}
