import Crypto
public import Database

/// HMAC-SHA256 under a key that the database keeps: how a service recognises a secret or a personal datum that it does not store.
///
/// Each purpose has a key of its own, derived from the database's, so that a hash of one purpose says nothing about another.
public struct KeyedHash: Sendable {
  public static let bytes = 32

  private let key: SymmetricKey

  /// - Parameter purpose: such as "identity.api-key". Changing it makes every stored hash of the purpose unknown.
  public init(database: Database, purpose: String) {
    self.init(key: database.bodyHashKey, purpose: purpose)
  }

  init(key: [UInt8], purpose: String) {
    self.key = HKDF<SHA256>.deriveKey(
      inputKeyMaterial: SymmetricKey(data: key), info: Array(purpose.utf8), outputByteCount: Self.bytes)
  }

  public func callAsFunction(_ text: String) -> [UInt8] {
    callAsFunction([Array(text.utf8)])
  }

  /// The hash of the parts one after the other.
  package func callAsFunction(_ parts: [[UInt8]]) -> [UInt8] {
    var authentication = HMAC<SHA256>(key: key)
    for part in parts { authentication.update(data: part) }
    return Array(authentication.finalize())
  }
}
