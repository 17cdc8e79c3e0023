import Foundation
import PatronAPI
import RPC
import RPCTransport
import ServiceKit

/// The five services as the processes that a user runs, on ports that the kernel picks, over a temporary data folder. A process that was
/// killed comes back on the ports that it had, as under `patron up`.
actor ServiceCluster {
  enum Name: String, CaseIterable, Sendable {
    case identity, loyalty, campaign, inventory, gateway
  }

  struct StartFailure: Error, CustomStringConvertible {
    let description: String
  }

  struct Address: Codable, Sendable {
    let rpc: String
    let admin: String
    let pid: Int32
  }

  let folder: URL
  /// A loopback address of this cluster's own: a port that a killed process leaves for a moment is taken by no other test meanwhile.
  private let host = "127.\(Int.random(in: 1...254)).\(Int.random(in: 0...255)).\(Int.random(in: 1...254))"
  private var processes: [Name: Process] = [:]
  private(set) var addresses: [Name: Address] = [:]
  /// Arguments that a service keeps over restarts.
  private let arguments: [Name: [String]]

  private static let startTimeout: Duration = .seconds(60)
  private static let pollInterval: Duration = .milliseconds(20)

  /// Beside the test runner stand the executables of the same build.
  private static let executables = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()

  init(arguments: [Name: [String]] = [:]) throws {
    folder = FileManager.default.temporaryDirectory.appendingPathComponent("patron-system-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: folder, withIntermediateDirectories: true)
    self.arguments = arguments
  }

  static func executable(_ name: String) -> URL { executables.appendingPathComponent(name) }

  // MARK: Life

  /// - Parameter more: Further arguments of a service.
  func start(_ more: (Name) -> [String] = { _ in [] }) async throws {
    _ = try KeyRing.loadOrCreate(callerKeys)
    _ = try KeyRing.loadOrCreate(quoteKeys)
    for name in Name.allCases { try await start(name, more(name)) }
  }

  /// Starts one service, with further arguments for this start only.
  func start(_ name: Name, _ more: [String] = []) async throws {
    let ready = folder.appendingPathComponent("\(name.rawValue).ready")
    try? FileManager.default.removeItem(at: ready)
    let process = Process()
    process.executableURL = Self.executable(name.rawValue)
    process.arguments = try serveArguments(name, ready: ready) + (arguments[name] ?? []) + more
    let log = folder.appendingPathComponent("\(name.rawValue).log")
    if !FileManager.default.fileExists(atPath: log.path) { _ = FileManager.default.createFile(atPath: log.path, contents: nil) }
    let handle = try FileHandle(forWritingTo: log)
    try handle.seekToEnd()
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    processes[name] = process
    addresses[name] = try await waitUntilReady(name, process, ready)
  }

  private func waitUntilReady(_ name: Name, _ process: Process, _ ready: URL) async throws -> Address {
    let deadline = ContinuousClock.now + Self.startTimeout
    while ContinuousClock.now < deadline {
      if let data = try? Data(contentsOf: ready), let address = try? JSONDecoder().decode(Address.self, from: data) { return address }
      guard process.isRunning else { break }
      try await Task.sleep(for: Self.pollInterval)
    }
    throw StartFailure(description: "\(name.rawValue) did not become ready:\n\(log(name).suffix(2_000))")
  }

  private func serveArguments(_ name: Name, ready: URL) throws -> [String] {
    // The ports of the first start are kept, so that peers find a restarted process where it was.
    var list = [
      "--listen-address", addresses[name]?.rpc ?? "\(host):0", "--admin-address", addresses[name]?.admin ?? "\(host):0",
      "--ready-file", ready.path, "--caller-keys-file", callerKeys, "--log-format", "json", "--exit-with-parent", "true",
    ]
    if name == .gateway {
      list += ["--quote-keys-file", quoteKeys]
      for upstream in Name.allCases where upstream != .gateway {
        guard let address = addresses[upstream] else { throw StartFailure(description: "\(upstream.rawValue) is not running") }
        list += ["--\(upstream.rawValue)-address", address.rpc]
      }
    } else {
      list += ["--database", folder.appendingPathComponent("\(name.rawValue).sqlite").path]
    }
    return list
  }

  /// SIGKILL, as by a power cut.
  func kill(_ name: Name) async {
    guard let process = processes[name] else { return }
    Foundation.kill(process.processIdentifier, SIGKILL)
    await waitForExit(name)
  }

  /// SIGTERM: the drain. The exit status.
  @discardableResult
  func stop(_ name: Name) async -> Int32 {
    guard let process = processes[name] else { return 0 }
    process.terminate()
    return await waitForExit(name)
  }

  @discardableResult
  func waitForExit(_ name: Name) async -> Int32 {
    guard let process = processes[name] else { return 0 }
    while process.isRunning { try? await Task.sleep(for: Self.pollInterval) }
    return process.terminationReason == .uncaughtSignal ? -process.terminationStatus : process.terminationStatus
  }

  func isRunning(_ name: Name) -> Bool { processes[name]?.isRunning ?? false }

  func stopAll() async {
    for name in Name.allCases.reversed() where processes[name]?.isRunning == true { await stop(name) }
    try? FileManager.default.removeItem(at: folder)
  }

  // MARK: What a client needs

  private var callerKeys: String { folder.appendingPathComponent("caller-keys.json").path }
  private var quoteKeys: String { folder.appendingPathComponent("quote-keys.json").path }

  func bootstrapKey() throws -> String {
    try String(contentsOf: folder.appendingPathComponent("bootstrap-key"), encoding: .utf8).trimmingCharacters(in: .whitespacesAndNewlines)
  }

  func log(_ name: Name) -> String {
    (try? String(contentsOf: folder.appendingPathComponent("\(name.rawValue).log"), encoding: .utf8)) ?? ""
  }

  /// Runs an executable to its end: its status and everything that it printed.
  static func run(_ name: String, _ arguments: [String]) async throws -> (status: Int32, output: String) {
    let process = Process()
    process.executableURL = executable(name)
    process.arguments = arguments
    let output = FileManager.default.temporaryDirectory.appendingPathComponent("patron-output-\(UUID().uuidString)")
    _ = FileManager.default.createFile(atPath: output.path, contents: nil)
    defer { try? FileManager.default.removeItem(at: output) }
    let handle = try FileHandle(forWritingTo: output)
    process.standardOutput = handle
    process.standardError = handle
    try process.run()
    while process.isRunning { try await Task.sleep(for: pollInterval) }
    return (process.terminationStatus, try String(contentsOf: output, encoding: .utf8))
  }
}
