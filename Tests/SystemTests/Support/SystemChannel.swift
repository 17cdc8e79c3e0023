import Logging
import RPC
import RPCTransport
import ServiceKit

/// A client's channel to one address of a running system.
enum SystemChannel {
  /// A thread of its own: the shared one carries whole services for the other tests of this process, and a till is to wait for nobody
  /// but the system.
  private static let loops = EventLoops(count: 1)
  private static let connectTimeout: Duration = .seconds(20)

  static func open(_ address: String) throws -> NetworkChannel {
    guard let parsed = HostAndPort(address) else { throw ServiceCluster.StartFailure(description: "\(address) is no address") }
    var configuration = ChannelConfiguration(
      addresses: [ListenAddress(host: parsed.host, port: parsed.port)], loops: loops,
      logger: Logger(label: "system-tests") { _ in SwiftLogNoOpLogHandler() })
    configuration.connectTimeout = connectTimeout
    // A killed process is back within a second, and a till asks again at once.
    configuration.longestBackoff = .milliseconds(500)
    return try NetworkChannel(configuration)
  }
}
