/// Finds the method of a path. Built once, when a server starts; read by all of its connections.
package final class Router: Sendable {
  package final class Route: Sendable {
    /// Within the server's interceptors.
    package let method: RPCMethod
    /// The method's place among all of the server's, for tables beside this one.
    package let index: Int
    fileprivate let path: [UInt8]

    fileprivate init(_ method: RPCMethod, index: Int) {
      self.method = method
      self.index = index
      path = Array(method.descriptor.path.utf8)
    }
  }

  package let routes: [Route]
  /// Open addressing, at most half full, by a hash of the path's bytes: the path need not become a string first. It is nobody's to
  /// choose which paths a server has, so the hash needs no secret.
  private let slots: [Route?]
  private let serviceNames: Set<String>
  /// In bytes.
  private let longestPath: Int

  /// - Precondition: no two services have the same method: a mistake in the program's composition.
  package init(services: [any RPCService], interceptors: [any ServerInterceptor] = []) {
    routes = services.flatMap { $0.methods }.enumerated().map { Route($1.intercepted(by: interceptors), index: $0) }
    var capacity = 16
    while capacity < routes.count * 2 { capacity *= 2 }
    var slots = [Route?](repeating: nil, count: capacity)
    for route in routes {
      let slot = route.path.withUnsafeBufferPointer { Router.slot(of: $0, in: slots) }
      precondition(slots[slot] == nil, "two services answer \(route.method.descriptor.path)")
      slots[slot] = route
    }
    self.slots = slots
    longestPath = routes.map(\.path.count).max() ?? 0
    serviceNames = Set(routes.map(\.method.descriptor.service))
  }

  /// A path that is longer than any of ours is not even hashed: a caller can have 4 KB of it for a byte on the wire.
  package func route(_ path: UnsafeBufferPointer<UInt8>) -> Route? {
    path.count <= longestPath ? slots[Router.slot(of: path, in: slots)] : nil
  }

  /// Where the path is, or would be.
  private static func slot(of path: UnsafeBufferPointer<UInt8>, in slots: [Route?]) -> Int {
    // FNV-1a over words of eight bytes.
    var hash: UInt64 = 0xcbf2_9ce4_8422_2325
    var offset = 0
    let bytes = UnsafeRawBufferPointer(path)
    while offset + 8 <= bytes.count {
      hash = (hash ^ bytes.loadUnaligned(fromByteOffset: offset, as: UInt64.self)) &* 0x100_0000_01b3
      offset += 8
    }
    while offset < bytes.count {
      hash = (hash ^ UInt64(bytes[offset])) &* 0x100_0000_01b3
      offset += 1
    }
    var slot = Int(truncatingIfNeeded: hash ^ hash >> 32) & (slots.count - 1)
    while let route = slots[slot], !path.equals(route.path) { slot = (slot + 1) & (slots.count - 1) }
    return slot
  }

  /// What to answer when there is no route: it tells an unknown service from an unknown method.
  package func refusal(of path: String) -> RPCError {
    let service = path.utf8.dropFirst().prefix(longestPath).prefix { $0 != UInt8(ascii: "/") }
    guard path.utf8.first == UInt8(ascii: "/"), service.endIndex != path.endIndex, serviceNames.contains(String(Substring(service))) else {
      return RPCError(.unimplemented, "This server has no such service.")
    }
    return RPCError(.unimplemented, "The service has no such method.")
  }
}
