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
  private let write: @Sendable ([UInt8]) -> Void

  private static let usualFieldCount = 16
  /// Bytes, for the time, the level, and what stands between them.
  private static let roomForTheRest = 128

  /// - Parameter write: gets a line in UTF-8, without its end.
  init(
    label: String, level: Logger.Level, format: CommonConfig.LogFormat, now: @escaping @Sendable () -> Date,
    write: @escaping @Sendable ([UInt8]) -> Void
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
    var fields = Fields(capacity: Self.usualFieldCount)
    // What stands later counts.
    if let metadata = event.metadata { fields.add(metadata) }
    if let metadata = metadataProvider?.get() { fields.add(metadata) }
    fields.add(metadata)
    write(
      LogText.write(room: fields.room + LogText.room(for: label) + LogText.room(for: event.message.description) + Self.roomForTheRest) {
        switch format {
        case .text: writeText(event, fields, &$0)
        case .json: writeJSON(event, fields, &$0)
        }
      })
  }

  private func writeText(_ event: LogEvent, _ fields: Fields, _ line: inout LogText) {
    line.append(bare: LogTime.print(now()))
    line.append(" ")
    line.append(event.level.inCapitals)
    line.append(" ")
    line.append(bare: label)
    line.append(": ")
    line.append(oneLine: event.message.description)
    for (key, value) in fields.sorted {
      line.append(" ")
      line.append(bare: key)
      line.append("=")
      line.append(word: value)
    }
  }

  private func writeJSON(_ event: LogEvent, _ fields: Fields, _ line: inout LogText) {
    line.append("{\"time\":\"")
    line.append(bare: LogTime.print(now()))
    line.append("\",\"level\":")
    line.append(quoted: event.level.rawValue)
    line.append(",\"service\":")
    line.append(quoted: label)
    line.append(",\"message\":")
    line.append(quoted: event.message.description)
    for (key, value) in fields.sorted {
      line.append(",")
      line.append(quoted: key)
      line.append(":")
      line.append(quoted: value)
    }
    line.append("}")
  }

  /// A handful of fields, sorted as they come: there is a line a call, and this costs less than merging dictionaries.
  private struct Fields {
    private(set) var sorted: [(key: String, value: String)] = []

    /// In bytes, with what stands around each.
    var room: Int { sorted.reduce(0) { $0 + LogText.room(for: $1.key) + LogText.room(for: $1.value) + 2 } }

    init(capacity: Int) { sorted.reserveCapacity(capacity) }

    /// Those whose keys are not here yet.
    mutating func add(_ metadata: Logger.Metadata) {
      for (key, value) in metadata {
        var place = sorted.count
        while place > 0, key < sorted[place - 1].key { place -= 1 }
        if place == 0 || sorted[place - 1].key != key { sorted.insert((key, value.text), at: place) }
      }
    }
  }
}

extension Logger.Level {
  fileprivate var inCapitals: StaticString {
    switch self {
    case .trace: "TRACE"
    case .debug: "DEBUG"
    case .info: "INFO"
    case .notice: "NOTICE"
    case .warning: "WARNING"
    case .error: "ERROR"
    case .critical: "CRITICAL"
    }
  }
}

extension Logger.MetadataValue {
  fileprivate var text: String {
    if case .string(let text) = self { return text }
    return description
  }
}
