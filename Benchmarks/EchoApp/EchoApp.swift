internal import Echo
internal import RPC
internal import ServiceKit

/// `bench.Echo` as one of Patron's services: with whatever every service has around its calls, and by the same code.
struct EchoApp: PatronService {
  static let name = "echo"
  static let defaultPorts = ServicePorts(rpc: 5199, admin: 5198)

  let services: [any RPCService] = [EchoService()]

  init(config: NoServiceConfig, environment: ServiceEnvironment) async throws {}
}
