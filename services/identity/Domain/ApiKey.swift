/// The secret by which an API client is known: "pk_" and 256 random bits in 52 characters of Crockford's alphabet.
///
/// Identity keeps a keyed hash of it (HMAC-SHA256), not a slow password hash: slowness protects secrets that people choose,
/// of which there are few; 2^256 cannot be tried at any speed, and the gateway checks a key on the way of a sale.
struct ApiKey: Sendable {
  /// How many random bytes `init(random:)` takes.
  static let randomBytes = 32
  private static let marker = "pk_"
  private static let bodyLength = 52
  private static let prefixLength = 11
  private static let alphabet = Array("0123456789abcdefghjkmnpqrstvwxyz".utf8)

  let text: String

  init(random: [UInt8]) {
    precondition(random.count == Self.randomBytes)
    // 256 bits and four zeros: 52 characters of 5 bits.
    var body: [UInt8] = []
    var buffer: UInt32 = 0
    var bits = 0
    for byte in random + [0] {
      buffer = (buffer << 8 | UInt32(byte)) & 0xFFFF
      bits += 8
      while bits >= 5 && body.count < Self.bodyLength {
        bits -= 5
        body.append(Self.alphabet[Int(buffer >> UInt32(bits) & 31)])
      }
    }
    text = Self.marker + String(decoding: body, as: UTF8.self)
  }

  /// Reads a presented key; nil for anything that cannot be one, so that junk costs no hash and no query.
  init?(_ text: String) {
    guard text.utf8.count == Self.marker.utf8.count + Self.bodyLength, text.hasPrefix(Self.marker),
      text.utf8.dropFirst(Self.marker.utf8.count).allSatisfy(Self.alphabet.contains)
    else { return nil }
    self.text = text
  }

  /// Enough to tell keys apart in a list, and 216 bits too few to use: "pk_" and 8 characters.
  var prefix: String { String(text.prefix(Self.prefixLength)) }
}
