internal import Glibc
internal import NIOSSL

/// Peers that are trusted by their own certificates, for a file of trusted certificates that holds no authority.
///
/// BoringSSL follows a chain to an authority only: a certificate that may sign nothing trusts nobody there, not even itself. gRPC's other
/// runtimes take a self-signed server certificate as its own anchor, as one makes for a single machine; so does this one, by an exact match.
struct PinnedCertificates: Sendable {
  private let certificates: [NIOSSLCertificate]

  /// Nil when one of the certificates is an authority's; then chains are followed as usual.
  init?(_ certificates: [NIOSSLCertificate]) {
    guard !certificates.isEmpty, !certificates.contains(where: \.isAuthority) else { return nil }
    self.certificates = certificates
  }

  /// For NIOSSL, instead of its own verification.
  var verification: NIOSSLCustomVerificationCallback {
    { chain, promise in
      let isTrusted = chain.first.map { self.isTrusted($0) } ?? false
      promise.succeed(isTrusted ? .certificateVerified : .failed)
    }
  }

  private func isTrusted(_ certificate: NIOSSLCertificate) -> Bool {
    let now = time(nil)
    return certificates.contains(certificate) && certificate.notValidBefore <= now && now <= certificate.notValidAfter
  }
}

extension NIOSSLCertificate {
  private static let basicConstraints = NIOSSLObjectIdentifier("2.5.29.19")

  /// Whether it may sign others: BasicConstraints with cA TRUE (RFC 5280 section 4.2.1.9), in DER a sequence that begins with that boolean.
  fileprivate var isAuthority: Bool {
    _extensions.contains { $0.objectIdentifier == Self.basicConstraints && Array($0.data.dropFirst(2).prefix(3)) == [1, 1, 0xff] }
  }
}
