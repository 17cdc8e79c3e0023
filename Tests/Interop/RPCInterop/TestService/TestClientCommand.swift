internal import ArgumentParser
internal import RPC
internal import RPCTransport

struct TestClientCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "client", abstract: "Runs test cases against a server of grpc.testing.TestService.")

  @Option(name: .customLong("server_host"), help: "The server's host.") var serverHost = "127.0.0.1"
  @Option(name: .customLong("server_port"), help: "The server's port.") var serverPort: Int
  @Option(
    name: .customLong("server_host_override"), help: "The name to find in the server's certificate, and the authority of calls.")
  var serverHostOverride: String?
  @Option(name: .customLong("tls-authority"), help: "PEM file of the authority to trust; speaks TLS.") var tlsAuthority: String?
  @Option(name: .customLong("test_case"), help: "Names of the interop test descriptions, with commas between them, or all.") var testCase =
    "all"

  func run() async throws {
    var configuration = ChannelConfiguration(addresses: [ListenAddress(host: serverHost, port: serverPort)])
    configuration.tls = tlsAuthority.map { ClientTLS(authorityPath: $0, serverName: serverHostOverride) }
    let names = testCase == "all" ? TestCases.all.map(\.name) : testCase.split(separator: ",").map(String.init)
    if let unknown = names.first(where: { name in !TestCases.all.contains { $0.name == name } }) {
      throw ValidationError("no test case \(unknown); there are \(TestCases.all.map(\.name).joined(separator: ", "))")
    }
    var failures = 0
    for (name, run) in TestCases.all where names.contains(name) {
      let channel = try NetworkChannel(configuration)
      do {
        try await run(TestCases(channel: channel))
        print("ok \(name)")
      } catch {
        failures += 1
        print("FAILED \(name): \(error)")
      }
      await channel.close()
    }
    if failures > 0 { throw ExitCode.failure }
  }
}
