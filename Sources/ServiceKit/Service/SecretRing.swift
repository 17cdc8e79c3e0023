import Foundation

/// Named secrets in a file of mode 0600, of which one is in use and the others are still known:
/// `{"active":"k1","keys":[{"id":"k1","secret":"<base64>"}]}`.
struct SecretRing: Codable {
  struct Key: Codable {
    var id: String
    /// Base64 in the file.
    var secret: Data
  }

  var active: String
  var keys: [Key]

  /// Makes the file with one new secret, unless it is there. Of two processes that make it at once one wins, and both read the same.
  static func create(_ path: String, id: String, secretBytes: Int, random: any RandomSource) throws {
    let ring = SecretRing(active: id, keys: [Key(id: id, secret: Data(random.bytes(secretBytes)))])
    try PrivateFile.create(path, contents: Array(try JSONEncoder().encode(ring)))
  }
}

extension SecretRing {
  private static let keysAtMost = 16

  /// Reads the file, and refuses one that others may read.
  ///
  /// - Parameters:
  ///   - key: The key of the configuration that names it.
  ///   - secretBytes: How long a secret is.
  init(contentsOf path: String, key: String, secretBytes: ClosedRange<Int>) throws(ConfigError) {
    func refusal(_ problem: String) -> ConfigError { ConfigError(key: key, problem: "\(path) \(problem)") }
    let bytes: [UInt8]
    do { bytes = try PrivateFile.read(path) } catch { throw refusal(error.description) }
    guard let ring = try? JSONDecoder().decode(SecretRing.self, from: Data(bytes)) else {
      throw refusal("is not of the form {\"active\":id,\"keys\":[{\"id\":…,\"secret\":base64}]}")
    }
    guard (1...Self.keysAtMost).contains(ring.keys.count) else { throw refusal("must hold 1 to \(Self.keysAtMost) keys") }
    var ids: Set<String> = []
    for key in ring.keys {
      guard secretBytes.contains(key.secret.count) else {
        throw refusal("has a key \(key.id) of \(key.secret.count) bytes, and \(secretBytes.lowerBound) are asked for")
      }
      guard ids.insert(key.id).inserted else { throw refusal("names key \(key.id) twice") }
    }
    guard ids.contains(ring.active) else { throw refusal("has no key \(ring.active), which it calls active") }
    self = ring
  }
}
