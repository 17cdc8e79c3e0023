/// The other end of a connection. One object a connection, shared by all of its calls.
public final class Peer: Sendable {
  /// `host:port`, or `in-process`.
  public let address: String
  /// Whether the connection is encrypted.
  public let isEncrypted: Bool
  /// The certificate that the peer proved to hold, DER; nil without mutual TLS.
  public let certificate: [UInt8]?

  public init(address: String, isEncrypted: Bool = false, certificate: [UInt8]? = nil) {
    self.address = address
    self.isEncrypted = isEncrypted
    self.certificate = certificate
  }
}
