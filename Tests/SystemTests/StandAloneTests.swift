import Foundation
import GoogleProto
import RPC
import RPCTransport
import Testing

/// Each service by itself, as `swift run <name>` starts it: no peer, no configuration but a folder and free ports.
@Suite struct StandAloneTests {
  private static let services = ServiceCluster.Name.allCases

  /// A service process of its own over a temporary folder.
  private final class Alone {
    let folder: URL
    let process = Process()
    let output: URL
    let name: ServiceCluster.Name

    init(_ name: ServiceCluster.Name, _ more: [String] = []) throws {
      self.name = name
      folder = FileManager.default.temporaryDirectory.appendingPathComponent("patron-alone-\(UUID().uuidString)")
      try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
      output = folder.appendingPathComponent("output")
      _ = FileManager.default.createFile(atPath: output.path, contents: nil)
      let handle = try FileHandle(forWritingTo: output)
      process.executableURL = ServiceCluster.executable(name.rawValue)
      process.currentDirectoryURL = folder
      process.arguments =
        ["--listen-address", "127.0.0.1:0", "--admin-address", "127.0.0.1:0", "--ready-file", folder.appendingPathComponent("ready").path]
        + more
      process.standardOutput = handle
      process.standardError = handle
      try process.run()
    }

    func address() async throws -> ServiceCluster.Address {
      let deadline = ContinuousClock.now + .seconds(60)
      while ContinuousClock.now < deadline, process.isRunning {
        if let data = try? Data(contentsOf: folder.appendingPathComponent("ready")),
          let address = try? JSONDecoder().decode(ServiceCluster.Address.self, from: data)
        {
          return address
        }
        try await Task.sleep(for: .milliseconds(20))
      }
      throw ServiceCluster.StartFailure(description: "\(name.rawValue) did not become ready:\n\(text)")
    }

    var text: String { (try? String(contentsOf: output, encoding: .utf8)) ?? "" }

    func exit() async -> Int32 {
      while process.isRunning { try? await Task.sleep(for: .milliseconds(20)) }
      return process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
    }

    func terminate() async -> Int32 {
      process.terminate()
      return await exit()
    }

    deinit {
      if process.isRunning { kill(process.processIdentifier, SIGKILL) }
      try? FileManager.default.removeItem(at: folder)
    }
  }

  @Test(arguments: services) func `starts with defaults that just work, and says that they are for development`(name: ServiceCluster.Name)
    async throws
  {
    let service = try Alone(name)
    let address = try await service.address()

    let channel = try SystemChannel.open(address.rpc)
    let check = MethodDescriptor(service: "grpc.health.v1.Health", method: "Check", kind: .unary)
    let reply: HealthV1.HealthCheckResponse = try await channel.unary(
      check, HealthV1.HealthCheckRequest(), options: CallOptions(timeout: .seconds(10), waitForReady: true))
    #expect(reply.status == .serving)
    await channel.close()

    #expect(service.text.contains("INSECURE: local development"))
    #expect(try AdminRequest.get("/readyz", at: address.admin).contains("200 OK"))
    let metrics = try AdminRequest.get("/metrics", at: address.admin)
    #expect(metrics.contains("200 OK") && metrics.contains("# TYPE"))
    #expect(await service.terminate() == 0, "\(service.text)")
  }

  @Test(arguments: services) func `check-config prints every key and does not start`(name: ServiceCluster.Name) async throws {
    let result = try await ServiceCluster.run(name.rawValue, ["check-config"])
    #expect(result.status == 0)
    #expect(result.output.contains("listen-address"))
  }

  @Test(arguments: services) func `an unknown key, a wrong value and an open bind stop the start with one line`(name: ServiceCluster.Name)
    async throws
  {
    for (wrong, named) in [
      (["--no-such-key", "1"], "no-such-key"), (["--drain-timeout", "soon"], "drain-timeout"),
      (["--listen-address", "0.0.0.0:0"], "listen-address"),
    ] {
      let result = try await ServiceCluster.run(name.rawValue, wrong)
      #expect(result.status != 0)
      let lines = result.output.split(separator: "\n")
      #expect(lines.count == 1, "\(result.output)")
      #expect(result.output.contains(named), "\(result.output)")
    }
  }
}
