import Crypto
import Foundation

/// The shared secrets by which the gateway signs and the services verify, newest in use and older ones still believed.
///
/// A file of mode 0600: `{"active":"k1","keys":[{"id":"k1","secret":"<base64 of 32 bytes or more>"}]}`. To rotate: add a key to
/// every ring, restart, make it active, restart, remove the old one.
public struct KeyRing: Sendable {
  /// The id of the key that signs.
  public let activeKeyID: String
  private let keys: [String: Key]

  /// A key with its first block already hashed, which is half the work of a short signature.
  ///
  /// `@unchecked Sendable`: it is copied before it is fed, and a copy that is fed has a context of its own.
  private struct Key: @unchecked Sendable {
    private let begun: HMAC<SHA256>

    init(_ secret: some ContiguousBytes) { begun = HMAC<SHA256>(key: SymmetricKey(data: secret)) }

    func code(of bytes: [UInt8]) -> HMAC<SHA256>.MAC {
      var hash = begun
      hash.update(data: bytes)
      return hash.finalize()
    }
  }

  private static let shortestSecret = 32

  /// A ring of one key, for a test or a machine of one's own.
  public init(keyID: String, secret: [UInt8]) {
    self.activeKeyID = keyID
    self.keys = [keyID: Key(secret)]
  }

  /// The key of the configuration that names the callers' ring.
  public static let callerKeysKey = "caller-keys-file"

  /// Reads a ring, and refuses one that others may read. `key` is the key of the configuration that names it.
  public init(contentsOf path: String, key: String = callerKeysKey) throws(ConfigError) {
    let ring = try SecretRing(contentsOf: path, key: key, secretBytes: Self.shortestSecret ... .max)
    activeKeyID = ring.active
    keys = Dictionary(uniqueKeysWithValues: ring.keys.map { ($0.id, Key($0.secret)) })
  }

  /// Reads the ring at `path`, which is made with one new key if there is none. Of two processes that make it at once, one
  /// wins and both read the same ring.
  public static func loadOrCreate(
    _ path: String, key: String = callerKeysKey, random: any RandomSource = SystemRandomSource()
  ) throws -> KeyRing {
    if !FileManager.default.fileExists(atPath: path) {
      try SecretRing.create(path, id: "k1", secretBytes: shortestSecret, random: random)
    }
    return try KeyRing(contentsOf: path, key: key)
  }

  // MARK: Signing

  /// HMAC-SHA256 of `bytes` under the active key.
  public func sign(_ bytes: [UInt8]) -> (keyID: String, signature: [UInt8]) {
    guard let key = keys[activeKeyID] else { preconditionFailure("the active key is in the ring") }
    return (activeKeyID, Array(key.code(of: bytes)))
  }

  /// Whether `signature` is that of `bytes` under the key `keyID`, compared in constant time.
  public func verify(_ bytes: [UInt8], keyID: String, signature: [UInt8]) -> Bool {
    guard let key = keys[keyID] else { return false }
    return key.code(of: bytes) == signature
  }
}
