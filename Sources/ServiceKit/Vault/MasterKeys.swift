import Crypto
import Foundation

/// The keys that wrap all others, each of 32 bytes, in a file (`SecretRing`) that no backup of a database holds.
///
/// To rotate: add a key, make it active, restart. What the others wrapped is wrapped anew while the service serves, and the log says when that
/// is done. One that still wraps something, be it in a backup that is restored, is missed at the next start, which refuses.
package struct MasterKeys: Sendable {
  package let activeID: String
  private let keys: [String: SymmetricKey]

  /// Reads the file, and refuses one that others may read. `key` is the key of the configuration that names it.
  package init(contentsOf path: String, key: String) throws(ConfigError) {
    let ring = try SecretRing(contentsOf: path, key: key, secretBytes: SealedBytes.keyBytes...SealedBytes.keyBytes)
    activeID = ring.active
    keys = Dictionary(uniqueKeysWithValues: ring.keys.map { ($0.id, SymmetricKey(data: $0.secret)) })
  }

  /// Makes the file with one new key, unless it is there. Of two processes that make it at once one wins.
  static func create(_ path: String, random: any RandomSource) throws {
    try SecretRing.create(path, id: "m1", secretBytes: SealedBytes.keyBytes, random: random)
  }

  func holds(_ id: String) -> Bool { keys[id] != nil }

  // MARK: Wrapping

  /// A secret as it is stored: sealed under the master key that it names, and bound to its own name.
  struct Wrapped: Sendable, Equatable {
    var masterKeyID: String
    var bytes: [UInt8]
  }

  func wrap(_ secret: SymmetricKey, name: String, random: any RandomSource) throws -> Wrapped {
    guard let key = keys[activeID] else { preconditionFailure("the active key is in the ring") }
    let bytes = try secret.withUnsafeBytes { secret in
      try SealedBytes.seal(Data(secret), under: key, context: Self.context(name, activeID), random: random)
    }
    return Wrapped(masterKeyID: activeID, bytes: bytes)
  }

  func unwrap(_ wrapped: Wrapped, name: String) throws(VaultError) -> SymmetricKey {
    guard let key = keys[wrapped.masterKeyID],
      let secret = try? SealedBytes.open(wrapped.bytes, under: key, context: Self.context(name, wrapped.masterKeyID)),
      secret.count == SealedBytes.keyBytes
    else { throw .keyDoesNotUnwrap(name: name, masterKeyID: wrapped.masterKeyID) }
    return SymmetricKey(data: secret)
  }

  private static func context(_ name: String, _ masterKeyID: String) -> [UInt8] { SealedBytes.context("vault", name, masterKeyID) }
}
