internal import ArgumentParser
internal import InteropProto
internal import RPC
internal import RPCTransport

struct ConformanceServerCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "conformance-server", abstract: "The server under test of connectrpc's conformance suite; its runner starts it.")

  func run() async throws {
    guard let request = try DelimitedMessages.read(ConformanceV1.ServerCompatRequest.self) else { return }
    let files = try TemporaryFiles()
    var configuration = RPCServerConfiguration()
    configuration.logger.logLevel = .critical
    // The suite compares an error's details.
    configuration.explainsRefusals = false
    if request.messageReceiveLimit > 0 { configuration.largestMessageBytes = Int(request.messageReceiveLimit) }
    if request.useTls, let credentials = request.serverCreds {
      configuration.tls = ServerTLS(
        certificateChainPath: try files.path(of: credentials.cert), privateKeyPath: try files.path(of: credentials.key),
        clientAuthorityPath: request.clientTlsCert.isEmpty ? nil : try files.path(of: request.clientTlsCert))
    }
    let server = RPCServer(configuration: configuration, services: [ConformanceHandlers()])
    let address = try await server.start()
    try DelimitedMessages.write(
      ConformanceV1.ServerCompatResponse(
        host: address.host, port: UInt32(address.port), pemCert: request.useTls ? request.serverCreds?.cert ?? [] : []))
    while true { try await Task.sleep(for: .seconds(3600)) }
  }
}
