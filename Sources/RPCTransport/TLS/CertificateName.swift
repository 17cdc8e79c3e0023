internal import NIOCore
internal import NIOSSL

/// Whether a certificate names the host that the client means, by its name or its address.
///
/// swift-nio-ssl also takes one that names the address of the socket, whatever host was meant. Whoever can lead a client to his own address
/// (DNS, a proxy) would then need no more than a certificate for that. Here the certificate has to name what the client means.
enum CertificateName {
  /// Follows RFC 6125 section 6.4: letters' case does not matter, and `*` stands for the whole left-most label.
  static func isFor(_ host: String, _ certificate: NIOSSLCertificate) -> Bool {
    let address = try? SocketAddress(ipAddress: host, port: 0)
    return certificate._subjectAlternativeNames().contains { name in
      switch name.nameType {
      case .dnsName: address == nil && matches(host, pattern: String(decoding: name.contents, as: UTF8.self))
      case .ipAddress: address?.bytes == Array(name.contents)
      default: false
      }
    }
  }

  static func matches(_ host: String, pattern: String) -> Bool {
    let host = labels(host)
    let pattern = labels(pattern)
    guard host.count == pattern.count, let first = pattern.first, !host.contains("") else { return false }
    if first == "*" { return host.count > 2 && host.dropFirst() == pattern.dropFirst() }
    return host == pattern
  }

  private static func labels(_ name: String) -> [Substring] {
    let name = name.lowercased()
    return (name.hasSuffix(".") ? name.dropLast() : name[...]).split(separator: ".", omittingEmptySubsequences: false)
  }
}

extension SocketAddress {
  /// The address alone, in network order.
  fileprivate var bytes: [UInt8]? {
    switch self {
    case .v4(let address): withUnsafeBytes(of: address.address.sin_addr) { Array($0) }
    case .v6(let address): withUnsafeBytes(of: address.address.sin6_addr) { Array($0) }
    case .unixDomainSocket: nil
    }
  }
}
