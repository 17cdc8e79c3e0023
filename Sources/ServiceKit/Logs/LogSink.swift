import Dispatch
import Foundation
import Synchronization

/// Where log lines go: a file descriptor, written to by a queue of its own.
///
/// A caller pays for an append and never waits for the reader of standard output; lines that come within `gathering` of the first, and while
/// the queue writes, go out together. When the reader is so slow that `pendingBytesAtMost` wait, further lines are dropped,
/// and a line says how many.
final class LogSink: Sendable {
  static let pendingBytesAtMost = 1 << 20
  /// In microseconds: a write for each line costs more than the line.
  private static let gathering: UInt32 = 2_000

  static let standardOutput = LogSink(descriptor: STDOUT_FILENO)

  private struct State {
    var pending: [UInt8] = []
    var droppedLines = 0
    /// Whether a drain is queued or running; it ends only when nothing is pending.
    var isDraining = false
  }

  private let descriptor: Int32
  private let state = Mutex(State())
  private let queue = DispatchQueue(label: "patron.log")

  init(descriptor: Int32) { self.descriptor = descriptor }

  /// Appends one line, in UTF-8; the newline is added here.
  func write(_ line: [UInt8]) {
    let mustStart = state.withLock { state in
      guard state.pending.count < Self.pendingBytesAtMost else {
        state.droppedLines += 1
        return false
      }
      state.pending.append(contentsOf: line)
      state.pending.append(UInt8(ascii: "\n"))
      if state.isDraining { return false }
      state.isDraining = true
      return true
    }
    guard mustStart else { return }
    queue.async {
      usleep(Self.gathering)
      self.drain()
    }
  }

  /// Returns when every line written before is out. For the end of the process.
  func flush() {
    queue.sync { drain() }
  }

  private func drain() {
    while let bytes = takePending() {
      bytes.withUnsafeBytes { buffer in
        var rest = buffer[...]
        while !rest.isEmpty {
          let count = Foundation.write(descriptor, rest.baseAddress, rest.count)
          if count < 0 && errno == EINTR { continue }
          // Standard output is gone: there is nobody left to tell.
          if count <= 0 { return }
          rest = rest.dropFirst(count)
        }
      }
    }
  }

  private func takePending() -> [UInt8]? {
    state.withLock { state in
      if state.pending.isEmpty && state.droppedLines == 0 {
        state.isDraining = false
        return nil
      }
      var bytes = state.pending
      if state.droppedLines > 0 {
        bytes.append(
          contentsOf: "{\"level\":\"warning\",\"message\":\"dropped \(state.droppedLines) log lines: the reader is too slow\"}\n".utf8)
      }
      state.pending = []
      state.droppedLines = 0
      return bytes
    }
  }
}

extension Slice<UnsafeRawBufferPointer> {
  fileprivate var baseAddress: UnsafeRawPointer? { base.baseAddress.map { $0 + startIndex } }
}
