import Foundation
import Testing

/// The import rules of the design, read from the sources themselves: SwiftPM checks that an import has a dependency, not that the dependency
/// is allowed.
@Suite struct ImportRules {
  private static let root = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent()
  private static let services = ["identity", "loyalty", "campaign", "inventory", "gateway"]
  private static let serviceModules: Set<String> = ["Identity", "Loyalty", "Campaign", "Inventory", "Gateway"]
  private static let sqlEngines: Set<String> = ["CSQLite", "CPostgreSQL"]
  private static let socketModules: Set<String> = ["NIOPosix", "NIOSSL", "NIOHTTP1", "NIOCore", "NIOEmbedded"]

  struct Source: Sendable {
    let path: String
    let imports: Set<String>
  }

  /// Every Swift file below `folder`, with the modules that it imports.
  private func sources(below folder: String) throws -> [Source] {
    let base = Self.root.appendingPathComponent(folder)
    let files = FileManager.default.enumerator(at: base, includingPropertiesForKeys: nil)?.compactMap { $0 as? URL } ?? []
    let swift = files.filter { $0.pathExtension == "swift" && !$0.path.contains("/.build/") }
    return try swift.map { file in
      let text = try String(contentsOf: file, encoding: .utf8)
      let imports = text.split(separator: "\n").compactMap { line -> String? in
        let words = line.split(separator: " ").map(String.init)
        guard let position = words.firstIndex(of: "import"), position + 1 < words.count,
          words[..<position].allSatisfy({ ["public", "package", "internal", "private", "fileprivate"].contains($0) || $0.hasPrefix("@") })
        else { return nil }
        let module =
          ["struct", "class", "enum", "protocol", "func", "var", "let", "typealias"].contains(words[position + 1])
          ? words[position + 2] : words[position + 1]
        return module.split(separator: ".").first.map(String.init)
      }
      return Source(path: String(file.path.dropFirst(Self.root.path.count + 1)), imports: Set(imports))
    }
  }

  @Test func `the rules look at files, not at nothing`() throws {
    #expect(try sources(below: "Sources").count > 50)
    for service in Self.services { #expect(try sources(below: "services/\(service)").count > 5) }
  }

  @Test(arguments: services) func `a service imports no other service and no engine`(service: String) throws {
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
      let text = try String(contentsOf: Self.root.appendingPathComponent(source.path), encoding: .utf8)
      for effect in ["Date()", "Date.now", "UUID()", ".random(", "Task.sleep", "SystemRandomNumberGenerator"] {
        #expect(!text.contains(effect), "\(source.path) has \(effect)")
      }
    }
  }

  /// The module and what it may not import, where the package graph would allow it.
  @Test(arguments: [
    ("Sources/ProtobufC", ["RPC", "HTTP2", "Database", "PatronAPI"]),
    ("Sources/HTTP2", ["RPC", "NIOCore", "NIOPosix", "Foundation"]),
    ("Sources/RPC", ["HTTP2", "RPCTransport", "PatronAPI", "NIOCore", "NIOPosix", "NIOSSL", "CNghttp2", "CProtobufC"]),
    ("Sources/RPCTransport", ["PatronAPI", "Database", "ServiceKit", "CNghttp2", "CSQLite"]),
    ("Sources/Database", ["RPC", "RPCTransport", "PatronAPI", "ServiceKit"]),
    ("Sources/ServiceKit", ["CSQLite", "CNghttp2", "CProtobufC", "NIOPosix", "NIOSSL"]),
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

  @Test(arguments: services) func `main is about five lines`(service: String) throws {
    let text = try String(contentsOf: Self.root.appendingPathComponent("services/\(service)/Main/main.swift"), encoding: .utf8)
    let lines = text.split(separator: "\n").filter { !$0.hasPrefix("//") }
    #expect(lines.count <= 8)
  }
}
