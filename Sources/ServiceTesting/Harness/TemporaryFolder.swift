import Foundation

/// A folder of a test's own. Removed when asked, and at the latest when nobody holds it.
public final class TemporaryFolder: Sendable {
  public let path: String

  /// - Parameter name: what it is for, as part of its name.
  public init(_ name: String) throws {
    path = NSTemporaryDirectory() + "patron-\(name)-\(UUID().uuidString)"
    try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
  }

  deinit { remove() }

  public func remove() { try? FileManager.default.removeItem(atPath: path) }
}
