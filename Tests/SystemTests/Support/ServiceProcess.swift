import Foundation
import RPC
import RPCTransport
import Testing

/// One service as a process over a folder that outlives it: started, killed, and started again.
struct ServiceProcess: Sendable {
  let name: String
  let folder: URL
  /// Arguments of every start.
  let arguments: [String]

  init(_ name: String, arguments: [String] = []) throws {
    self.name = name
    self.arguments = arguments
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("patron-\(name)-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
  }

  var databasePath: String { folder.appendingPathComponent("\(name).sqlite").path }
  var archivePath: String { folder.appendingPathComponent("archive").path }

  func remove() { try? FileManager.default.removeItem(at: folder) }

  func expectNoDifferences(_ comment: String = "", of path: String? = nil) async throws {
    let result = try await ServiceCluster.run(name, ["verify", "--database", path ?? databasePath])
    #expect(result.status == 0, "\(comment)\n\(result.output)")
  }

  private var ready: URL { folder.appendingPathComponent("ready") }
  var output: String { (try? String(contentsOf: folder.appendingPathComponent("output"), encoding: .utf8)) ?? "" }

  func start(_ faultPoint: String? = nil) throws -> Process {
    try? FileManager.default.removeItem(at: ready)
    let log = folder.appendingPathComponent("output")
    _ = FileManager.default.createFile(atPath: log.path, contents: nil)
    let process = Process()
    process.executableURL = ServiceCluster.executable(name)
    process.arguments =
      [
        "--listen-address", "127.0.0.1:0", "--admin-address", "127.0.0.1:0", "--ready-file", ready.path, "--database", databasePath,
        "--exit-with-parent", "true",
      ] + arguments + (faultPoint.map { ["--fault-point", $0] } ?? [])
    let handle = try FileHandle(forWritingTo: log)
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    return process
  }

  /// Nil when the process ended before it served.
  func address(of process: Process) async throws -> String? {
    while process.isRunning {
      if let data = try? Data(contentsOf: ready), let address = try? JSONDecoder().decode(ServiceCluster.Address.self, from: data) {
        return address.rpc
      }
      try await Task.sleep(for: .milliseconds(20))
    }
    return nil
  }

  /// The exit status, or the signal that ended it as a negative number.
  func end(of process: Process) async -> Int32 {
    while process.isRunning { try? await Task.sleep(for: .milliseconds(20)) }
    return process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
  }
}
