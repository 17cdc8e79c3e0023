import Foundation
import PatronAPI
import ProtobufC
import ServiceKit

/// Quotes as opaque tokens: claims in their exact bytes, signed by HMAC-SHA256 under a ring that all gateways share.
///
/// The signature covers bytes, not a message, so a newer gateway's claims verify here as well. Altered, truncated, foreign and
/// re-spelled tokens are all refused alike.
struct QuoteTokens: Sendable {
  /// Told apart from anything else that a ring might sign.
  private static let label = Array("patron.gateway.quote.v1\u{0}".utf8)
  /// A basket of 2,000 lines takes some 600 KB.
  private static let bytesAtMost = 2 * 1_024 * 1_024

  private let ring: KeyRing

  init(ring: KeyRing) { self.ring = ring }

  func token(for claims: GatewayV1.QuoteClaims) -> String {
    let bytes = claims.encoded()
    let (keyID, signature) = ring.sign(Self.label + bytes)
    return Self.base64URL(GatewayV1.SignedQuote(claims: bytes, keyID: keyID, signature: signature).encoded())
  }

  /// The claims of a token whose signature holds.
  func claims(of token: String) throws(QuoteRefusal) -> GatewayV1.QuoteClaims {
    guard token.utf8.count <= Self.bytesAtMost, let bytes = Self.bytes(ofBase64URL: token),
      let signed = try? GatewayV1.SignedQuote(decoding: bytes), signed.encoded() == bytes,
      ring.verify(Self.label + signed.claims, keyID: signed.keyID, signature: signed.signature),
      let claims = try? GatewayV1.QuoteClaims(decoding: signed.claims)
    else { throw .invalid }
    return claims
  }

  private static func base64URL(_ bytes: [UInt8]) -> String {
    Data(bytes).base64EncodedString().replacing("+", with: "-").replacing("/", with: "_").replacing("=", with: "")
  }

  /// Nil unless `text` is exactly what `base64URL` writes: one quote has one spelling.
  private static func bytes(ofBase64URL text: String) -> [UInt8]? {
    var base64 = text.replacing("-", with: "+").replacing("_", with: "/")
    base64 += String(repeating: "=", count: (4 - base64.utf8.count % 4) % 4)
    guard let data = Data(base64Encoded: base64) else { return nil }
    let bytes = [UInt8](data)
    return base64URL(bytes) == text ? bytes : nil
  }
}
