internal import NIOSSL

/// How a channel checks the server, and proves who it is itself. TLS 1.2 or later, ALPN `h2`.
public struct ClientTLS: Sendable {
  /// PEM file of the authorities to trust, or of the very certificates of the servers; nil trusts the system's authorities.
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

  func makeContext() throws -> Context {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    configuration.applicationProtocols = ["h2"]
    if let authorityPath { configuration.trustRoots = .file(authorityPath) }
    if let certificateChainPath, let privateKeyPath {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificateChainPath).map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: privateKeyPath, format: .pem))
    }
    let pinned = try authorityPath.flatMap { PinnedCertificates(try NIOSSLCertificate.fromPEMFile($0)) }
    return Context(context: try NIOSSLContext(configuration: configuration), pinned: pinned)
  }

  /// What the files say, read once for all connections.
  struct Context: Sendable {
    fileprivate let context: NIOSSLContext
    fileprivate let pinned: PinnedCertificates?

    /// - Parameter serverName: nil when the server is meant by its address: SNI takes host names only.
    func handler(serverName: String?) throws -> NIOSSLClientHandler {
      guard let pinned else { return try NIOSSLClientHandler(context: context, serverHostname: serverName) }
      return try NIOSSLClientHandler(context: context, serverHostname: serverName, customVerificationCallback: pinned.verification)
    }
  }
}
