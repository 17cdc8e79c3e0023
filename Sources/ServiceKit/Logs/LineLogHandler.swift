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
    // What stands later counts. A handful of fields: looking through them costs less than merging dictionaries, and there is a line a call.
    var fields: [(key: String, value: Logger.Metadata.Value)] = []
    fields.reserveCapacity(16)
    for part in [event.metadata, metadataProvider?.get(), metadata] {
      for field in part ?? [:] where !fields.contains(where: { $0.key == field.key }) { fields.append(field) }
    }
    fields.sort { $0.key < $1.key }
    switch format {
    case .text: write(text(event, fields))
    case .json: write(json(event, fields))
    }
  }

  private func text(_ event: LogEvent, _ fields: [(key: String, value: Logger.Metadata.Value)]) -> String {
    var line = LogTime.print(now())
    line.reserveCapacity(LineLogHandler.usualLineBytes)
    line += " "
    line += event.level.rawValue.uppercased()
    line += " "
    line += label
    line += ": "
    line += LogText.oneLine(event.message.description)
    for (key, value) in fields {
      line += " "
      line += key
      line += "="
      line += LogText.word(value.text)
    }
    return line
  }

  private static let usualLineBytes = 400

  private func json(_ event: LogEvent, _ fields: [(key: String, value: Logger.Metadata.Value)]) -> String {
    var line = "{\"time\":\"\(LogTime.print(now()))\",\"level\":\"\(event.level.rawValue)\",\"service\":\(LogText.quoted(label))"
    line += ",\"message\":\(LogText.quoted(event.message.description))"
    for (key, value) in fields { line += ",\(LogText.quoted(key)):\(LogText.quoted(value.text))" }
    return line + "}"
  }
}

extension Logger.MetadataValue {
  fileprivate var text: String {
    if case .string(let text) = self { return text }
    return description
  }
}
