import Foundation

/// What a supervisor and a test wait for: where a service listens, once it does.
///
/// `{"admin":"127.0.0.1:5161","pid":4711,"rpc":"127.0.0.1:5151"}`, written whole under its name or not at all.
public struct ReadyFile: Codable, Sendable, Equatable {
  public var rpc: String
  public var admin: String
  public var pid: Int32

  public init(rpc: String, admin: String, pid: Int32) {
    self.rpc = rpc
    self.admin = admin
    self.pid = pid
  }

  /// Reads the file at `path`; nil while there is none.
  public init?(contentsOf path: String) {
    guard let bytes = FileManager.default.contents(atPath: path), let file = try? JSONDecoder().decode(ReadyFile.self, from: bytes)
    else { return nil }
    self = file
  }

  func write(to path: String) throws {
    let encoder = JSONEncoder()
    encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
    try PrivateFile.replace(path, contents: Array(try encoder.encode(self)))
  }
}
