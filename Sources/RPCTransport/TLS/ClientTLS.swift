internal import NIOSSL

/// How a channel checks the server, and proves who it is itself. TLS 1.2 or later, ALPN `h2`.
public struct ClientTLS: Sendable {
  /// PEM file of the authorities to trust; nil trusts the system's.
  public var authorityPath: String?
  /// PEM file: this client's certificate and chain, for servers that ask for one.
  public var certificateChainPath: String?
  /// PEM file; goes with `certificateChainPath`.
  public var privateKeyPath: String?
  /// The name to find in the server's certificate; nil takes the host that is connected to.
  public var serverName: String?

  public init(
    authorityPath: String? = nil, certificateChainPath: String? = nil, privateKeyPath: String? = nil, serverName: String? = nil
  ) {
    self.authorityPath = authorityPath
    self.certificateChainPath = certificateChainPath
    self.privateKeyPath = privateKeyPath
    self.serverName = serverName
  }

  func makeContext() throws -> NIOSSLContext {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["h2"]
    if let authorityPath { configuration.trustRoots = .file(authorityPath) }
    if let certificateChainPath, let privateKeyPath {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificateChainPath).map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: privateKeyPath, format: .pem))
    }
    return try NIOSSLContext(configuration: configuration)
  }
}
