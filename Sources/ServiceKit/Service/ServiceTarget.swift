import Foundation
import RPCTransport

/// Where the replicas of another service are: a comma-separated list of `host:port`.
struct ServiceTarget: Sendable {
  let addresses: [ListenAddress]

  init(_ text: String, service: String) throws(ConfigError) {
    var addresses: [ListenAddress] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      guard let address = HostAndPort(part.trimmingCharacters(in: .whitespaces)), address.port != 0 else {
        throw ConfigError(key: "\(service)-address", problem: "must be host:port, or several joined by commas, not \"\(text)\"")
      }
      addresses.append(ListenAddress(host: address.host, port: address.port))
    }
    self.addresses = addresses
  }
}
