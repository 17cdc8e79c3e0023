internal import ArgumentParser
internal import Foundation
internal import RPC
internal import RPCTransport

struct TestServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(commandName: "server", abstract: "Serves grpc.testing.TestService until it is killed.")

  @Option(help: "The port on 127.0.0.1; 0 lets the system choose.") var port = 0
  @Option(name: .customLong("tls-certificate"), help: "PEM file; serves TLS.") var tlsCertificate: String?
  @Option(name: .customLong("tls-key"), help: "PEM file.") var tlsKey: String?

  @Option(help: "Seconds that a connection may take to become HTTP/2.") var handshakeTimeout = 10
  @Option(help: "Connections open at once.") var connectionLimit = 20_000

  func run() async throws {
    var configuration = RPCServerConfiguration(port: port)
    configuration.handshakeTimeout = .seconds(handshakeTimeout)
    configuration.connectionLimit = connectionLimit
    if let tlsCertificate, let tlsKey {
      configuration.tls = ServerTLS(certificateChainPath: tlsCertificate, privateKeyPath: tlsKey)
    }
    let server = RPCServer(configuration: configuration, services: [TestServiceHandlers()])
    let address = try await server.start()
    // `print` would keep the line until the process ends when nobody watches.
    try FileHandle.standardOutput.write(contentsOf: Data("listening on \(address)\n".utf8))
    while true { try await Task.sleep(for: .seconds(3600)) }
  }
}
