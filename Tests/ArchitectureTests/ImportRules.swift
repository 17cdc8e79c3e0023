import Testing

/// The import rules of the design, read from the sources themselves: SwiftPM checks that an import has a dependency, not that the dependency
/// is allowed.
@Suite struct ImportRules {
  private static let services = Repository.services
  private static let serviceModules: Set<String> = ["Identity", "Loyalty", "Campaign", "Inventory", "Gateway"]
  private static let sqlEngines: Set<String> = ["CSQLite", "CPostgreSQL"]
  private static let socketModules: Set<String> = ["NIOPosix", "NIOSSL", "NIOHTTP1", "NIOCore", "NIOEmbedded", "RPCTransport"]

  private func sources(below folder: String) throws -> [Repository.Source] { try Repository.sources(below: folder) }

  @Test func `the rules look at files, not at nothing`() throws {
    #expect(try sources(below: "Sources").count > 50)
    for service in Self.services { #expect(try sources(below: "services/\(service)").count > 5) }
  }

  @Test(arguments: services) func `a service imports no other service, no engine and no transport`(service: String) throws {
    let own = service.prefix(1).uppercased() + service.dropFirst()
    for source in try sources(below: "services/\(service)") {
      let others = source.imports.intersection(Self.serviceModules).subtracting([own])
      #expect(others.isEmpty, "\(source.path) imports \(others)")
      let engines = source.imports.intersection(
        Self.sqlEngines.union(Self.socketModules).union(["CNghttp2", "CProtobufC", "CPatronProto"]))
      #expect(engines.isEmpty, "\(source.path) imports \(engines)")
    }
  }

  @Test(arguments: services) func `a domain imports nothing but Foundation`(service: String) throws {
    let domain = try sources(below: "services/\(service)/Domain")
    #expect(!domain.isEmpty)
    for source in domain {
      let more = source.imports.subtracting(["Foundation"])
      #expect(more.isEmpty, "\(source.path) imports \(more)")
    }
  }

  @Test(arguments: services) func `a domain reads no clock and rolls no dice`(service: String) throws {
    for source in try sources(below: "services/\(service)/Domain") {
      for effect in ["Date()", "Date.now", "UUID()", ".random(", "Task.sleep", "SystemRandomNumberGenerator"] {
        #expect(!source.text.contains(effect), "\(source.path) has \(effect)")
      }
    }
  }

  /// The module and what it may not import, where the package graph would allow it.
  @Test(arguments: [
    ("Sources/ProtobufC", ["RPC", "HTTP2", "Database", "PatronAPI"]),
    ("Sources/HTTP2", ["RPC", "NIOCore", "NIOPosix", "Foundation"]),
    ("Sources/RPC", ["HTTP2", "RPCTransport", "PatronAPI", "NIOCore", "NIOPosix", "NIOSSL", "CNghttp2", "CProtobufC"]),
    ("Sources/RPCTransport", ["PatronAPI", "Database", "ServiceKit", "CNghttp2", "CSQLite", "CPostgreSQL"]),
    ("Sources/Database", ["RPC", "RPCTransport", "PatronAPI", "ServiceKit"]),
    ("Sources/ServiceKit", ["CSQLite", "CPostgreSQL", "CNghttp2", "CProtobufC", "NIOPosix", "NIOSSL"]),
    ("Sources/PatronAPI", ["RPCTransport", "HTTP2", "Database", "ServiceKit"]),
  ])
  func `a module imports downwards only`(folder: String, forbidden: [String]) throws {
    for source in try sources(below: folder) {
      let wrong = source.imports.intersection(forbidden)
      #expect(wrong.isEmpty, "\(source.path) imports \(wrong)")
    }
  }

  @Test func `SQL engines are imported by Database only, sockets by RPCTransport only, nghttp2 by HTTP2 only`() throws {
    for source in try sources(below: "Sources") {
      if !source.path.hasPrefix("Sources/Database/") { #expect(source.imports.isDisjoint(with: Self.sqlEngines), "\(source.path)") }
      if !source.path.hasPrefix("Sources/RPCTransport/") {
        #expect(source.imports.isDisjoint(with: ["NIOPosix", "NIOSSL"]), "\(source.path)")
      }
      if !source.path.hasPrefix("Sources/HTTP2/") { #expect(!source.imports.contains("CNghttp2"), "\(source.path)") }
    }
  }

  @Test func `protobuf-c is imported by ProtobufC and generated code only`() throws {
    for source in try sources(below: "Sources") + sources(below: "services") where source.imports.contains("CProtobufC") {
      #expect(source.path.hasPrefix("Sources/ProtobufC/") || source.path.contains("/Generated/"), "\(source.path)")
    }
  }

  @Test(arguments: services.filter { $0 != "gateway" }) func `SQL stands in Store only`(service: String) throws {
    let folder = "services/\(service)"
    #expect(try sources(below: "\(folder)/Store").contains { $0.text.contains("SQL(") })
    for source in try sources(below: folder) where !source.path.hasPrefix("\(folder)/Store/") {
      #expect(!source.text.contains("SQL("), "\(source.path)")
    }
  }

  @Test(arguments: services) func `main is about five lines`(service: String) throws {
    let text = try Repository.text(of: "services/\(service)/Main/main.swift")
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("//") }
    #expect(lines.count <= 8)
  }
}
