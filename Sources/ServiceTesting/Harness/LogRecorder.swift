public import Logging
import ServiceKit
import Synchronization

/// Keeps every log line, so that a test can say what must, and what must not, stand in a log.
public final class LogRecorder: Sendable {
  private let recorded = Mutex<[String]>([])

  public init() {}

  /// Each line: level, message and every metadata key and value.
  public var lines: [String] { recorded.withLock(\.self) }

  public func logger(_ label: String) -> Logger {
    Logger(label: label) { _ in Handler(recorder: self) }
  }

  fileprivate func record(_ line: String) { recorded.withLock { $0.append(line) } }
}

private struct Handler: LogHandler {
  let recorder: LogRecorder
  var logLevel = Logger.Level.trace
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider? = CallNotes.provider

  init(recorder: LogRecorder) { self.recorder = recorder }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    let ambient = metadata.merging(metadataProvider?.get() ?? [:]) { _, new in new }
    let fields = ambient.merging(event.metadata ?? [:]) { _, new in new }.sorted { $0.key < $1.key }
    recorder.record("\(event.level) \(event.message)" + fields.map { " \($0.key)=\($0.value)" }.joined())
  }
}
