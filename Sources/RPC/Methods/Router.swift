/// Finds the method of a path. Built once, when a server starts; read by all of its connections.
package final class Router: Sendable {
  package struct Route: Sendable {
    package let method: RPCMethod
    /// The method's place among all of the server's, for tables beside this one.
    package let index: Int
  }

  package let routes: [Route]
  private let routesByPath: [String: Route]
  private let serviceNames: Set<String>
  /// In bytes.
  private let longestPath: Int

  /// - Precondition: no two services have the same method: a mistake in the program's composition.
  package init(services: [any RPCService]) {
    routes = services.flatMap { $0.methods }.enumerated().map { Route(method: $1, index: $0) }
    routesByPath = Dictionary(routes.map { ($0.method.descriptor.path, $0) }) { first, _ in
      preconditionFailure("two services answer \(first.method.descriptor.path)")
    }
    longestPath = routesByPath.keys.map(\.utf8.count).max() ?? 0
    serviceNames = Set(routes.map(\.method.descriptor.service))
  }

  /// A path that is longer than any of ours is not even hashed: a caller can have 4 KB of it for a byte on the wire.
  package func route(_ path: String) -> Route? { path.utf8.count <= longestPath ? routesByPath[path] : nil }

  /// What to answer when there is no route: it tells an unknown service from an unknown method.
  package func refusal(of path: String) -> RPCError {
    let service = path.utf8.dropFirst().prefix(longestPath).prefix { $0 != UInt8(ascii: "/") }
    guard path.utf8.first == UInt8(ascii: "/"), service.endIndex != path.endIndex, serviceNames.contains(String(Substring(service))) else {
      return RPCError(.unimplemented, "This server has no such service.")
    }
    return RPCError(.unimplemented, "The service has no such method.")
  }
}
