internal import ArgumentParser

/// The programs that the public suites of gRPC run against: scripts/interop-suites.sh says how.
@main struct RPCInterop: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "rpc-interop", abstract: "Servers and clients for gRPC's interop tests and connectrpc's conformance suite.",
    subcommands: [TestServerCommand.self, TestClientCommand.self, ConformanceServerCommand.self, ConformanceClientCommand.self])
}
