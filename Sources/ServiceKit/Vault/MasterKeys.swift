import Crypto
import Foundation

/// The keys that wrap all others, in a file of mode 0600 that no backup of a database holds:
/// `{"current":"m1","keys":[{"id":"m1","secret":"<base64 of 32 bytes>"}]}`.
///
/// To rotate: add a key, make it current, restart. What the others wrapped is wrapped anew while the service serves; the log says when a key
/// wraps nothing any more and may be removed. One that still does is missed at the next start, which refuses.
package struct MasterKeys: Sendable {
  package let currentID: String
  private let keys: [String: SymmetricKey]

  private static let keysAtMost = 16

  /// Reads the file, and refuses one that others may read. `key` is the key of the configuration that names it.
  package init(contentsOf path: String, key: String) throws(ConfigError) {
    func refusal(_ problem: String) -> ConfigError { ConfigError(key: key, problem: "\(path) \(problem)") }
    let bytes: [UInt8]
    do { bytes = try PrivateFile.read(path) } catch { throw refusal(error.description) }
    guard let file = try? JSONDecoder().decode(RingFile.self, from: Data(bytes)) else {
      throw refusal("is not of the form {\"current\":id,\"keys\":[{\"id\":…,\"secret\":base64}]}")
    }
    guard (1...Self.keysAtMost).contains(file.keys.count) else { throw refusal("must hold 1 to \(Self.keysAtMost) keys") }
    var keys: [String: SymmetricKey] = [:]
    for key in file.keys {
      guard key.secret.count == SealedBytes.keyBytes else { throw refusal("key \(key.id) is not of \(SealedBytes.keyBytes) bytes") }
      guard keys.updateValue(SymmetricKey(data: key.secret), forKey: key.id) == nil else { throw refusal("names key \(key.id) twice") }
    }
    guard keys[file.current] != nil else { throw refusal("has no key \(file.current), which it calls current") }
    self.keys = keys
    self.currentID = file.current
  }

  /// Makes the file with one new key, unless it is there. Of two processes that make it at once one wins.
  static func create(_ path: String, random: any RandomSource) throws {
    let file = RingFile(current: "m1", keys: [.init(id: "m1", secret: Data(random.bytes(SealedBytes.keyBytes)))])
    try PrivateFile.create(path, contents: Array(try JSONEncoder().encode(file)))
  }

  func holds(_ id: String) -> Bool { keys[id] != nil }

  // MARK: Wrapping

  /// A secret as it is stored: sealed under the master key that it names, and bound to its own name.
  struct Wrapped: Sendable, Equatable {
    var masterKeyID: String
    var bytes: [UInt8]
  }

  func wrap(_ secret: SymmetricKey, name: String, random: any RandomSource) throws -> Wrapped {
    guard let key = keys[currentID] else { preconditionFailure("the current key is in the ring") }
    let bytes = try secret.withUnsafeBytes { secret in
      try SealedBytes.seal(Data(secret), under: key, context: Self.context(name, currentID), random: random)
    }
    return Wrapped(masterKeyID: currentID, bytes: bytes)
  }

  func unwrap(_ wrapped: Wrapped, name: String) throws(VaultError) -> SymmetricKey {
    guard let key = keys[wrapped.masterKeyID],
      let secret = try? SealedBytes.open(wrapped.bytes, under: key, context: Self.context(name, wrapped.masterKeyID)),
      secret.count == SealedBytes.keyBytes
    else { throw .keyDoesNotUnwrap(name: name, masterKeyID: wrapped.masterKeyID) }
    return SymmetricKey(data: secret)
  }

  private static func context(_ name: String, _ masterKeyID: String) -> [UInt8] { SealedBytes.context("vault", name, masterKeyID) }

  private struct RingFile: Codable {
    var current: String
    var keys: [Key]

    struct Key: Codable {
      var id: String
      /// Base64 in the file.
      var secret: Data
    }
  }
}
