import Foundation

/// The five services in the order of their start: a later one may call an earlier one. They stop in reverse.
enum Roster {
  static let gateway = "gateway"
  static let names = ["identity", "loyalty", "campaign", "inventory", gateway]

  /// The services whose addresses the gateway is told.
  static let upstreams = names.filter { $0 != gateway }
}

/// Which ports the services listen on.
enum PortPlan: Equatable {
  /// The gateway's RPC port; the others follow in their usual order, admin ports ten above.
  case base(Int)
  /// Whichever are free; see addresses.json.
  case automatic

  /// The usual distance from the gateway's port: gateway 5150, identity 5151, loyalty 5152, campaign 5153, inventory 5154.
  private static let offsets = [Roster.gateway: 0, "identity": 1, "loyalty": 2, "campaign": 3, "inventory": 4]
  private static let adminOffset = 10

  /// The base ports for which every port is one.
  static let validBases = 1...(65_535 - 14)

  func addresses(of service: String) -> (rpc: String, admin: String) {
    guard case .base(let base) = self, let offset = Self.offsets[service] else { return ("127.0.0.1:0", "127.0.0.1:0") }
    return ("127.0.0.1:\(base + offset)", "127.0.0.1:\(base + offset + Self.adminOffset)")
  }
}

/// The programs of the services, which lie beside this one.
enum Executables {
  @Sendable static func path(of service: String) throws -> String {
    guard let own = Bundle.main.executableURL?.resolvingSymlinksInPath() else { throw CommandError("cannot tell where this program lies") }
    let path = own.deletingLastPathComponent().appendingPathComponent(service).path
    guard FileManager.default.isExecutableFile(atPath: path) else {
      throw CommandError("\(path) is missing: build all products first (swift build)")
    }
    return path
  }
}
