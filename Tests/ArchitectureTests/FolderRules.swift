import Foundation
import Testing

/// The folders of the design: who looks for something finds it where the map says.
@Suite struct FolderRules {
  @Test(
    arguments: [
      "Package.swift", "README.md", "CONTRIBUTING.md", "LICENSE", "Makefile", "compose.yaml", "Dockerfile", ".ci/run", ".swift-format",
      "proto/buf.yaml", "proto/WIRE.md", "proto/REASONS.md", "proto/generate.sh", "proto/generator/Package.swift", "proto/patron/type/v1",
      "proto/patron/events/v1", "proto/grpc/health/v1", "proto/grpc/reflection/v1", "proto/google/rpc", "Sources/CNghttp2",
      "Sources/CProtobufC",
      "Sources/CSQLite", "Sources/CPostgreSQL", "Sources/ProtobufC", "Sources/CGoogleProto", "Sources/GoogleProto", "Sources/HTTP2",
      "Sources/RPC",
      "Sources/RPCTransport", "Sources/CPatronProto", "Sources/PatronAPI", "Sources/Database", "Sources/ServiceKit",
      "Sources/ServiceTesting",
      "Sources/patron", "Tests/SystemTests", "Tests/ArchitectureTests", "Tests/Interop", "Benchmarks",
    ])
  func `the tree has`(path: String) {
    #expect(Repository.exists(path))
  }

  @Test(arguments: Repository.services) func `a service has the shape of all`(service: String) {
    let name = service.prefix(1).uppercased() + service.dropFirst()
    var shape = ["README.md", "Main/main.swift", "\(name)Config.swift", "\(name)App.swift", "Handlers", "Domain"]
    if service != "gateway" { shape += ["Store", "migrations"] }
    for part in shape { #expect(Repository.exists("services/\(service)/\(part)"), "\(part)") }
    #expect(Repository.exists("proto/patron/\(service)/v1/\(service).proto"))
    #expect(Repository.exists("proto/patron/\(service)/v1/\(service)_service.proto"))
    #expect(Repository.exists("Tests/\(name)Tests"))
  }

  /// A number of the configuration, as its declaration writes it: `"drain-timeout", default: .seconds(20)`.
  private func seconds(_ key: String, in path: String) throws -> Int {
    let text = try Repository.text(of: path)
    let declaration = try #require(text.range(of: "\"\(key)\", default: .seconds("))
    return try #require(Int(text[declaration.upperBound...].prefix { $0.isNumber }))
  }

  @Test func `whoever waits for a drain waits for the calls, the steps past a decision, and the log`() throws {
    let gateway = "services/gateway/GatewayConfig.swift"
    let oneCall = try seconds("upstream-timeout", in: gateway)
    // The handlers that a drain cut off have a grace of 5 s.
    let calls = try seconds("drain-timeout", in: "Sources/ServiceKit/Config/CommonConfig.swift") + 5
    // Deciding and rolling forward each begin an attempt up to their deadline; CompleteOrder follows the last commit.
    let steps = try 2 * (seconds("commit-deadline", in: gateway) + oneCall) + oneCall
    let keeper = try Repository.text(of: "Sources/patron/Supervisor/ServiceKeeper.swift")
    let patience = try #require(keeper.firstMatch(of: /longestDrain = Duration\.seconds\((\d+)\)/).flatMap { Int($0.1) })
    let grace = try #require(Repository.text(of: "compose.yaml").firstMatch(of: /stop_grace_period: (\d+)s/).flatMap { Int($0.1) })
    #expect(patience >= calls + steps + 5)
    #expect(grace == patience)
  }
}
