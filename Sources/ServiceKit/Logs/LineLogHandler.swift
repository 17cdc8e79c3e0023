import Foundation
import Logging

/// swift-log's back end: one event, one line, as text for people or as JSON for machines.
struct LineLogHandler: LogHandler {
  var logLevel: Logger.Level
  var metadata: Logger.Metadata = [:]
  var metadataProvider: Logger.MetadataProvider?

  private let label: String
  private let format: CommonConfig.LogFormat
  private let now: @Sendable () -> Date
  private let write: @Sendable (String) -> Void

  init(
    label: String, level: Logger.Level, format: CommonConfig.LogFormat, now: @escaping @Sendable () -> Date,
    write: @escaping @Sendable (String) -> Void
  ) {
    self.label = label
    self.logLevel = level
    self.format = format
    self.now = now
    self.write = write
  }

  subscript(metadataKey key: String) -> Logger.Metadata.Value? {
    get { metadata[key] }
    set { metadata[key] = newValue }
  }

  func log(event: LogEvent) {
    var fields = metadata
    if let provided = metadataProvider?.get() { fields.merge(provided) { _, new in new } }
    if let given = event.metadata { fields.merge(given) { _, new in new } }
    let sorted = fields.sorted { $0.key < $1.key }.map { ($0.key, "\($0.value)") }
    switch format {
    case .text: write(text(event, sorted))
    case .json: write(json(event, sorted))
    }
  }

  private func text(_ event: LogEvent, _ fields: [(String, String)]) -> String {
    var line = "\(LogTime.print(now())) \(event.level.rawValue.uppercased()) \(label): \(LogText.oneLine("\(event.message)"))"
    for (key, value) in fields { line += " \(key)=\(LogText.word(value))" }
    return line
  }

  private func json(_ event: LogEvent, _ fields: [(String, String)]) -> String {
    var line = "{\"time\":\"\(LogTime.print(now()))\",\"level\":\"\(event.level.rawValue)\",\"service\":\(LogText.quoted(label))"
    line += ",\"message\":\(LogText.quoted("\(event.message)"))"
    for (key, value) in fields { line += ",\(LogText.quoted(key)):\(LogText.quoted(value))" }
    return line + "}"
  }
}
