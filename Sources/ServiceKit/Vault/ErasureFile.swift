import Dispatch
import Foundation

/// The erasure log as a file outside the databases and their backups, one line of JSON each. A line is synced before it counts.
///
/// The file is opened for each use, on a queue of the log's own, since an fsync is no work for an event loop.
struct ErasureFile: Sendable {
  private let path: String
  /// The key of the configuration that names it.
  private let key: String
  private let queue: DispatchQueue

  init(path: String, key: String) {
    self.path = path
    self.key = key
    queue = DispatchQueue(label: "erasure-log")
  }

  // MARK: Reading

  /// Every entry, in the order of writing; none when there is no file. A last line that a crash cut short was never answered and does not count.
  func entries() async throws -> [ErasureLog.Entry] {
    try await onQueue { [path, key] in
      guard FileManager.default.fileExists(atPath: path) else { return [] }
      func refusal(_ problem: String) -> ConfigError { ConfigError(key: key, problem: "\(path) \(problem)") }
      let bytes: [UInt8]
      do { bytes = try PrivateFile.read(path) } catch { throw refusal("\(error)") }
      let whole = bytes.prefix(Self.wholeLength(of: bytes))
      return try whole.split(separator: Self.newline).enumerated().map { number, line in
        do { return try JSONDecoder().decode(ErasureLog.Entry.self, from: Data(line)) } catch {
          throw refusal("is damaged: line \(number + 1) is no entry; restore the file, since who stands in it must stay erased")
        }
      }
    }
  }

  // MARK: Adding

  /// Adds the entries; they are on disk when this returns.
  func add(_ entries: [ErasureLog.Entry]) async throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = .sortedKeys
    let lines = try entries.flatMap { try Array(encoder.encode($0)) + [Self.newline] }
    try await onQueue { [path] in try Self.append(lines, to: path) }
  }

  private static let newline = UInt8(ascii: "\n")

  /// How many bytes make whole lines.
  private static func wholeLength(of bytes: [UInt8]) -> Int { bytes.lastIndex(of: newline).map { $0 + 1 } ?? 0 }

  private static func append(_ lines: [UInt8], to path: String) throws {
    let isNew = !FileManager.default.fileExists(atPath: path)
    let folder = (path as NSString).deletingLastPathComponent
    if isNew, !folder.isEmpty {
      try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
    }
    let descriptor = open(path, O_RDWR | O_CREAT | O_APPEND | O_CLOEXEC, 0o600)
    guard descriptor >= 0 else { throw POSIXError(.init(rawValue: errno) ?? .EIO) }
    let file = FileHandle(fileDescriptor: descriptor, closeOnDealloc: true)
    try dropTornLine(file)
    try file.write(contentsOf: Data(lines))
    try file.synchronize()
    if isNew { try PrivateFile.synchronizeFolder(of: path) }
  }

  /// What a crash cut short would spoil the line after it.
  private static func dropTornLine(_ file: FileHandle) throws {
    let length = try file.seekToEnd()
    guard length > 0 else { return }
    try file.seek(toOffset: length - 1)
    if try file.read(upToCount: 1)?.first == newline { return }
    try file.seek(toOffset: 0)
    try file.truncate(atOffset: UInt64(wholeLength(of: Array(try file.readToEnd() ?? Data()))))
  }

  private func onQueue<Answer: Sendable>(_ work: @escaping @Sendable () throws -> Answer) async throws -> Answer {
    try await withCheckedThrowingContinuation { continuation in
      queue.async { continuation.resume(with: Result(catching: work)) }
    }
  }
}
