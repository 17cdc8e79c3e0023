import Foundation
import Synchronization

/// What a till writes down before it sends: the exact bytes of each checkout. A till that lost its reply, or its power, sends those bytes
/// again and never new ones, so the retry replays whatever the first try did.
///
/// A line a request: its id, the number of bytes, base64. One append each; a line that was cut off by a crash was never sent and is ignored.
final class TillJournal: Sendable {
  private struct State {
    var requests: [String: [UInt8]]
    let file: FileHandle
  }

  private let state: Mutex<State>

  init(file: URL) throws {
    var requests: [String: [UInt8]] = [:]
    if let text = try? String(contentsOf: file, encoding: .utf8) {
      for line in text.split(separator: "\n") {
        let parts = line.split(separator: " ")
        guard parts.count == 3, let bytes = Data(base64Encoded: String(parts[2])), Int(parts[1]) == bytes.count else { continue }
        requests[String(parts[0])] = [UInt8](bytes)
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
    state = Mutex(State(requests: requests, file: handle))
  }

  func request(_ id: String) -> [UInt8]? {
    state.withLock { $0.requests[id] }
  }

  func record(_ id: String, _ request: [UInt8]) throws {
    try state.withLock { state in
      state.requests[id] = request
      try state.file.write(contentsOf: Data("\(id) \(request.count) \(Data(request).base64EncodedString())\n".utf8))
    }
  }
}
