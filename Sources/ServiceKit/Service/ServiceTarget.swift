import Foundation
import RPCTransport

/// Where the replicas of another service are: `host:port`, several joined by commas. A name is resolved anew for each connection, and
/// `dns:///host:port`, as other gRPC clients spell it, is the same.
struct ServiceTarget: Sendable {
  static let form = "host:port or dns:///host:port, several with commas"
  private static let scheme = "dns:///"

  let addresses: [ListenAddress]

  init?(_ text: String) {
    var addresses: [ListenAddress] = []
    for part in text.split(separator: ",", omittingEmptySubsequences: false) {
      let part = part.trimmingCharacters(in: .whitespaces)
      let place = part.hasPrefix(Self.scheme) ? String(part.dropFirst(Self.scheme.count)) : part
      guard let address = HostAndPort(place), address.port != 0 else { return nil }
      addresses.append(ListenAddress(host: address.host, port: address.port))
    }
    self.addresses = addresses
  }
}
