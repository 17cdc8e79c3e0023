import Foundation
import Synchronization

/// What a till writes down before it sends: the exact bytes of each checkout. A till that lost its reply, or its power, sends those bytes
/// again and never new ones, so the retry replays whatever the first try did. And what became of it: a later run compares.
///
/// A line a request or an ending: its id, the number of bytes, base64. One append each; a line that was cut off by a crash was never sent and is ignored.
final class TillJournal: Sendable {
  private struct State {
    var entries: [String: [UInt8]]
    let file: FileHandle
  }

  private let state: Mutex<State>

  init(file: URL) throws {
    var entries: [String: [UInt8]] = [:]
    if let text = try? String(contentsOf: file, encoding: .utf8) {
      for line in text.split(separator: "\n") {
        let parts = line.split(separator: " ")
        guard parts.count == 3, let bytes = Data(base64Encoded: String(parts[2])), Int(parts[1]) == bytes.count else { continue }
        entries[String(parts[0])] = [UInt8](bytes)
      }
    } else {
      try FileManager.default.createDirectory(at: file.deletingLastPathComponent(), withIntermediateDirectories: true)
      try Data().write(to: file)
    }
    let handle = try FileHandle(forUpdating: file)
    // A cut-off last line would swallow the next one.
    let end = try handle.seekToEnd()
    if end > 0 {
      try handle.seek(toOffset: end - 1)
      if try handle.readToEnd() != Data("\n".utf8) { try handle.write(contentsOf: Data("\n".utf8)) }
    }
    state = Mutex(State(entries: entries, file: handle))
  }

  func request(_ id: String) -> [UInt8]? { entry(id) }

  func record(_ id: String, _ request: [UInt8]) throws { try write(id, request) }

  /// How a request ended.
  enum Ending: Equatable {
    /// For the first time as far as the journal knows.
    case new
    /// As before, byte for byte.
    case same
    /// Otherwise than before.
    case changed
  }

  /// Notes the reply to `id`, or compares it with the one that was noted.
  func conclude(_ id: String, _ reply: [UInt8]) throws -> Ending {
    if let known = entry("\(id)/reply") { return known == reply ? .same : .changed }
    try write("\(id)/reply", reply)
    return .new
  }

  struct Refusal: Error, Codable, Equatable {
    var reason: String
    var message: String
  }

  /// Notes the refusal of `id`, or compares it with how it ended before. A refusal is final: the basket is not offered again by a later run.
  func conclude(_ id: String, _ refusal: Refusal) throws -> Ending {
    // What was sold once stays noted as sold.
    if entry("\(id)/reply") != nil { return .changed }
    if self.refusal(of: id) == refusal { return .same }
    try write("\(id)/refusal", Array(try JSONEncoder().encode(refusal)))
    return .new
  }

  func refusal(of id: String) -> Refusal? {
    entry("\(id)/refusal").flatMap { try? JSONDecoder().decode(Refusal.self, from: Data($0)) }
  }

  private func entry(_ id: String) -> [UInt8]? { state.withLock { $0.entries[id] } }

  private func write(_ id: String, _ bytes: [UInt8]) throws {
    try state.withLock { state in
      state.entries[id] = bytes
      try state.file.write(contentsOf: Data("\(id) \(bytes.count) \(Data(bytes).base64EncodedString())\n".utf8))
    }
  }
}
