internal import Logging
internal import NIOSSL

/// How a channel checks the server, and proves who it is itself. TLS 1.2 or later, ALPN `h2`. Files that change are read anew for the next
/// connection.
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

  /// Reads the files as a channel does, and throws what is wrong with them.
  public func check() throws { _ = try readContext() }

  func makeContext(_ logger: Logger) throws -> FileBacked<Context> {
    try FileBacked(paths: [authorityPath, certificateChainPath, privateKeyPath], logger: logger, make: readContext)
  }

  private func readContext() throws -> Context {
    var configuration = TLSConfiguration.makeClientConfiguration()
    configuration.minimumTLSVersion = .tlsv12
    // How long a peer may take to answer the end of TLS when the connection closes.
    configuration.shutdownTimeout = .milliseconds(500)
    configuration.applicationProtocols = ["h2"]
    if let authorityPath { configuration.trustRoots = .file(authorityPath) }
    if let certificateChainPath, let privateKeyPath {
      configuration.certificateChain = try NIOSSLCertificate.fromPEMFile(certificateChainPath).map { .certificate($0) }
      configuration.privateKey = .privateKey(try NIOSSLPrivateKey(file: privateKeyPath, format: .pem))
    }
    let pinned = try authorityPath.flatMap { PinnedCertificates(try NIOSSLCertificate.fromPEMFile($0)) }
    return Context(context: try NIOSSLContext(configuration: configuration), pinned: pinned)
  }

  /// What the files say, shared by connections.
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
