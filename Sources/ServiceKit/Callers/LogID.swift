import RPC

/// The id that every log line of a request carries, as it travels: to a service in metadata, back to the caller in trailers. Nothing is
/// decided by it, so nobody signs it.
enum LogID {
  static let metadataKey = "patron-log-id"
  private static let bytesAtMost = 64

  /// Empty when the caller brought none, or one that a log line should not carry.
  static func read(from metadata: Metadata) -> String {
    guard var text = metadata[metadataKey], text.utf8.count <= bytesAtMost else { return "" }
    return text.withUTF8 { $0.allSatisfy { (0x21...0x7E).contains($0) } } ? text : ""
  }

  static func write(_ logID: String, into metadata: inout Metadata) {
    if !logID.isEmpty { metadata.set(metadataKey, logID) }
  }
}
