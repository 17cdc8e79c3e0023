internal import Logging
internal import NIOSSL

/// How a server proves who it is, and whether it asks its callers to. TLS 1.2 or later, ALPN `h2`. Files that change are read anew for the
/// next connection.
public struct ServerTLS: Sendable {
  /// PEM file: the server's certificate, then those that lead from it towards the root.
  public var certificateChainPath: String
  /// PEM file.
  public var privateKeyPath: String
  /// PEM file of the authorities whose certificates callers must present (mutual TLS), or of the very certificates; nil asks for none.
  public var clientAuthorityPath: String?

  public init(certificateChainPath: String, privateKeyPath: String, clientAuthorityPath: String? = nil) {
    self.certificateChainPath = certificateChainPath
    self.privateKeyPath = privateKeyPath
    self.clientAuthorityPath = clientAuthorityPath
  }

  func makeContext(_ logger: Logger) throws -> FileBacked<Context> {
    try FileBacked(paths: [certificateChainPath, privateKeyPath, clientAuthorityPath], logger: logger, make: readContext)
  }

  private func readContext() throws -> Context {
    var configuration = TLSConfiguration.makeServerConfiguration(
      certificateChain: try NIOSSLCertificate.fromPEMFile(certificateChainPath).map { .certificate($0) },
      privateKey: .privateKey(try NIOSSLPrivateKey(file: privateKeyPath, format: .pem)))
    configuration.minimumTLSVersion = .tlsv12
    // How long a peer may take to answer the end of TLS when the connection closes.
    configuration.shutdownTimeout = .milliseconds(500)
    configuration.applicationProtocols = ["h2"]
    if let clientAuthorityPath {
      configuration.trustRoots = .file(clientAuthorityPath)
      // A caller is known by its certificate, not by the host it calls from.
      configuration.certificateVerification = .noHostnameVerification
    }
    let pinned = try clientAuthorityPath.flatMap { PinnedCertificates(try NIOSSLCertificate.fromPEMFile($0)) }
    return Context(context: try NIOSSLContext(configuration: configuration), pinned: pinned)
  }

  /// What the files say, shared by connections.
  struct Context: Sendable {
    fileprivate let context: NIOSSLContext
    fileprivate let pinned: PinnedCertificates?

    func handler() -> NIOSSLServerHandler {
      guard let pinned else { return NIOSSLServerHandler(context: context) }
      return NIOSSLServerHandler(context: context, customVerificationCallback: pinned.verification)
    }
  }
}
