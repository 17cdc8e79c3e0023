import Crypto
import Foundation

/// AES-256-GCM, and how its output is stored: one byte of version, the nonce, the ciphertext, the tag.
///
/// What the bytes are of is authenticated with them (`context`), so that bytes moved to another place do not open there. The nonce is random:
/// below 2^32 messages under one key (NIST SP 800-38D, 8.3) two alike are not to be feared. A member's key seals a few a year; a master key
/// seals once for each member.
enum SealedBytes {
  static let keyBytes = 32
  private static let version: UInt8 = 1
  private static let nonceBytes = 12

  /// The bytes do not open: damaged, moved, sealed under another key, or of a version that this binary does not know.
  struct DoNotOpen: Error {}

  static func seal(_ plain: some DataProtocol, under key: SymmetricKey, context: [UInt8], random: any RandomSource) throws -> [UInt8] {
    let nonce = try AES.GCM.Nonce(data: random.bytes(nonceBytes))
    let box = try AES.GCM.seal(plain, using: key, nonce: nonce, authenticating: context)
    var sealed: [UInt8] = [version]
    sealed.reserveCapacity(1 + nonceBytes + box.ciphertext.count + box.tag.count)
    sealed += nonce
    sealed += box.ciphertext
    sealed += box.tag
    return sealed
  }

  static func open(_ sealed: [UInt8], under key: SymmetricKey, context: [UInt8]) throws(DoNotOpen) -> Data {
    guard sealed.first == version, let box = try? AES.GCM.SealedBox(combined: sealed.dropFirst()),
      let plain = try? AES.GCM.open(box, using: key, authenticating: context)
    else { throw DoNotOpen() }
    return plain
  }

  /// Names a place: the parts, each after its length, so that no two places have one name. A longer name begins with a shorter one's bytes.
  static func context(_ parts: String...) -> [UInt8] { parts.reduce(into: [version]) { $0 += self.part($1) } }

  /// One more part of a context.
  static func part(_ text: String) -> [UInt8] {
    withUnsafeBytes(of: UInt32(text.utf8.count).bigEndian) { Array($0) } + text.utf8
  }
}
