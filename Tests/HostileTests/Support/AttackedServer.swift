import Foundation
import RPCTransport

/// gRPC's test service as a process of its own, so that the memory that an attack costs is that of nobody else.
final class AttackedServer: Sendable {
  struct StartFailure: Error {}

  let address: ListenAddress
  private let process: ManagedProcess

  /// `Process` is not Sendable; it is started and stopped by one test.
  private struct ManagedProcess: @unchecked Sendable {
    let process = Process()
  }

  static let certificates = URL(fileURLWithPath: #filePath).deletingLastPathComponent().appendingPathComponent(
    "../../RPCTransportTests/Certificates")
  static let tls = [
    "--tls-certificate", certificates.appendingPathComponent("server.pem").path, "--tls-key",
    certificates.appendingPathComponent("server.key").path,
  ]

  /// Beside the test runner stand the executables of the same build.
  private static let executable = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent()
    .appendingPathComponent("rpc-interop")

  /// - Parameter descriptors: files and sockets that the process may have open; nil leaves the system's limit.
  init(_ options: [String], descriptors: Int?) throws {
    process = ManagedProcess()
    let output = Pipe()
    let limit = descriptors.map { "ulimit -n \($0); " } ?? ""
    process.process.executableURL = URL(fileURLWithPath: "/bin/sh")
    process.process.arguments = ["-c", limit + "exec \"$@\"", "sh", AttackedServer.executable.path, "server"] + options
    process.process.standardOutput = output
    try process.process.run()
    let line = String(decoding: output.fileHandleForReading.availableData, as: UTF8.self)
    guard let port = line.split(separator: ":").last.flatMap({ Int($0.trimmingCharacters(in: .whitespacesAndNewlines)) }) else {
      process.process.terminate()
      throw StartFailure()
    }
    address = ListenAddress(host: "127.0.0.1", port: port)
  }

  func stop() {
    kill(process.process.processIdentifier, SIGKILL)
    process.process.waitUntilExit()
  }

  var isRunning: Bool { process.process.isRunning }

  /// Bytes of memory that the process has at present, and the most that it ever had.
  func memory() throws -> (present: Int, peak: Int) {
    let status = try String(contentsOfFile: "/proc/\(process.process.processIdentifier)/status", encoding: .utf8)
    func bytes(_ key: String) -> Int {
      let line = status.split(separator: "\n").first { $0.hasPrefix(key + ":") } ?? ""
      return (line.split(whereSeparator: { !$0.isNumber }).first.flatMap { Int($0) } ?? 0) * 1024
    }
    return (bytes("VmRSS"), bytes("VmHWM"))
  }

  /// The time that the process has computed so far.
  func processorTime() throws -> Duration {
    let text = try String(contentsOfFile: "/proc/\(process.process.processIdentifier)/stat", encoding: .utf8)
    // The fields behind the name, which is in parentheses: state is the first, utime the twelfth, stime the thirteenth.
    let fields = text.split(separator: ")").last?.split(separator: " ") ?? []
    guard fields.count > 12, let user = Int(fields[11]), let system = Int(fields[12]) else { return .zero }
    return .seconds(Double(user + system) / Double(sysconf(Int32(_SC_CLK_TCK))))
  }
}
