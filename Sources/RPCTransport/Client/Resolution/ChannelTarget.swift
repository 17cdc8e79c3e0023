/// Where a service is: numeric addresses, or names that are resolved.
///
/// Read from gRPC's target syntax: `dns:///host:port`, `dns:host:port`, `ipv4:1.2.3.4:80,5.6.7.8:80`, `ipv6:[::1]:80`, and plain `host:port`,
/// which is a name. Beyond gRPC, plain and `dns` places may be several, joined by commas, and a port is never left out.
/// Rule: https://github.com/grpc/grpc/blob/master/doc/naming.md
public struct ChannelTarget: Sendable, Equatable {
  /// Each a name or a number, in the order given.
  public let places: [ListenAddress]

  public init(_ places: [ListenAddress]) { self.places = places }

  /// Nil when the text is no target.
  public init?(_ text: String) {
    var places: [ListenAddress] = []
    if let list = text.dropping("ipv4:") ?? text.dropping("ipv6:") {
      for part in list.split(separator: ",", omittingEmptySubsequences: false) {
        guard let place = ListenAddress(place: part), NumericAddress.isNumber(place.host, isIPv6: text.hasPrefix("ipv6:")) else {
          return nil
        }
        places.append(place)
      }
    } else {
      for part in text.split(separator: ",", omittingEmptySubsequences: false) {
        let part = String(part.trimmingSpaces())
        guard let place = ListenAddress(place: part.dropping("dns:///") ?? part.dropping("dns:") ?? part[...]) else { return nil }
        places.append(place)
      }
    }
    self.places = places
  }

  /// Whether nothing is to be resolved.
  var isNumeric: Bool { places.allSatisfy { NumericAddress.isNumber($0.host) } }
}

extension ListenAddress {
  /// Reads `host:port` or `[ipv6]:port`; the port is 1 to 65,535.
  fileprivate init?(place text: Substring) {
    guard let colon = text.lastIndex(of: ":"), let port = Int(text[text.index(after: colon)...]), (1...65_535).contains(port) else {
      return nil
    }
    var host = text[..<colon]
    if host.hasPrefix("["), host.hasSuffix("]") {
      host = host.dropFirst().dropLast()
    } else if host.contains(":") {
      return nil
    }
    guard !host.isEmpty, !host.contains(where: { $0 == "/" || $0 == " " }) else { return nil }
    self.init(host: String(host), port: port)
  }
}

extension String {
  /// What follows a prefix; nil without it.
  fileprivate func dropping(_ prefix: String) -> Substring? { hasPrefix(prefix) ? dropFirst(prefix.count) : nil }
}

extension Substring {
  fileprivate func trimmingSpaces() -> Substring {
    var trimmed = drop { $0 == " " }
    while trimmed.last == " " { trimmed.removeLast() }
    return trimmed
  }
}
