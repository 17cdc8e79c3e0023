import Logging
import RPC
import RPCTransport
import ServiceKit

/// A client's channel to one address of a running system.
enum SystemChannel {
  static func open(_ address: String) throws -> NetworkChannel {
    guard let parsed = HostAndPort(address) else { throw ServiceCluster.StartFailure(description: "\(address) is no address") }
    return try NetworkChannel(
      ChannelConfiguration(
        addresses: [ListenAddress(host: parsed.host, port: parsed.port)],
        logger: Logger(label: "system-tests") { _ in SwiftLogNoOpLogHandler() }))
  }
}
