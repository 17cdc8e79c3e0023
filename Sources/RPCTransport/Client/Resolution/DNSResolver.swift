internal import Glibc
internal import NIOCore
internal import NIOPosix
internal import RPC

/// One address of a service, and the name that it was found by.
package struct Endpoint: Sendable, Hashable {
  /// Numeric.
  package let address: ListenAddress
  /// What the target says: TLS looks for its host in the server's certificate, and `:authority` is it.
  package let place: ListenAddress

  package init(address: ListenAddress, place: ListenAddress) {
    self.address = address
    self.place = place
  }
}

/// Finds the addresses of a service. Asked by one task at a time, again whenever they may have changed; a failure leaves the channel with what
/// it had.
package typealias NameResolution = @Sendable () async throws -> [Endpoint]

/// The system's resolver, which reads DNS and /etc/hosts; every A and AAAA record is an address. It blocks, so it has a thread of NIO's pool
/// while it works.
struct DNSResolver {
  let places: [ListenAddress]

  @Sendable func resolve() async throws -> [Endpoint] {
    let places = self.places
    return try await NIOThreadPool.singleton.runIfActive {
      var endpoints: [Endpoint] = []
      var failure: RPCError?
      for place in places {
        do throws(RPCError) {
          for host in try NumericAddress.lookUp(place.host) {
            let endpoint = Endpoint(address: ListenAddress(host: host, port: place.port), place: place)
            if !endpoints.contains(endpoint) { endpoints.append(endpoint) }
          }
        } catch {
          failure = error
        }
      }
      // One name of several that is unknown leaves the others.
      if endpoints.isEmpty, let failure { throw failure }
      return endpoints
    }
  }
}

/// Addresses as numbers.
enum NumericAddress {
  static func isNumber(_ host: String, isIPv6: Bool? = nil) -> Bool {
    guard let address = try? SocketAddress(ipAddress: host, port: 0) else { return false }
    if case .v6 = address { return isIPv6 != false }
    return isIPv6 != true
  }

  /// Every address of a name, as the system orders them. Blocks.
  static func lookUp(_ host: String) throws(RPCError) -> [String] {
    var hints = addrinfo()
    hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
    var first: UnsafeMutablePointer<addrinfo>?
    let code = getaddrinfo(host, nil, &hints, &first)
    guard code == 0 else { throw RPCError(.unavailable, "Cannot resolve \(host): \(String(cString: gai_strerror(code))).") }
    defer { freeaddrinfo(first) }
    var hosts: [String] = []
    var next = first
    while let entry = next {
      var text = [CChar](repeating: 0, count: Int(NI_MAXHOST))
      if getnameinfo(entry.pointee.ai_addr, entry.pointee.ai_addrlen, &text, socklen_t(text.count), nil, 0, NI_NUMERICHOST) == 0 {
        hosts.append(String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self))
      }
      next = entry.pointee.ai_next
    }
    return hosts
  }
}
