import Foundation
import ServiceKit
import Testing

@testable import PatronCLI

/// `scripts/run.sh` with the real programs, as a terminal ends it.
@Suite struct RunScriptTests {
  private static let script = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
    .deletingLastPathComponent().appendingPathComponent("scripts/run.sh").path
  /// Beside the test runner stand the executables of the same build.
  private static let executables = URL(fileURLWithPath: "/proc/self/exe").resolvingSymlinksInPath().deletingLastPathComponent().path

  @Test func `Ctrl-C at the terminal of make run lets every service drain`() async throws {
    let root = FileManager.default.temporaryDirectory.appendingPathComponent("patron-run-\(UUID().uuidString)")
    try FileManager.default.createDirectory(at: root, withIntermediateDirectories: true)
    defer { try? FileManager.default.removeItem(at: root) }
    let folder = DataFolder(root.path + "/data")
    let log = root.path + "/run.log"
    let run = try ChildProcess.start("/bin/bash", [Self.script, Self.executables, folder.path, "--ports", "auto"], log: log)
    for _ in 0..<6_000 where AddressBook.read(folder)?[Roster.gateway] == nil { try await Task.sleep(for: .milliseconds(10)) }
    #expect(AddressBook.read(folder)?[Roster.gateway] != nil)
    let statusLog = root.path + "/status.log"
    guard
      case .exited(0) = await (try ChildProcess.start(Self.executables + "/patron", ["status", "--data", folder.path], log: statusLog))
        .end()
    else {
      Issue.record("patron status")
      return
    }
    let status = try String(contentsOfFile: statusLog, encoding: .utf8)
    #expect(status.split(separator: "\n").filter { $0.contains("SERVING") && $0.contains(BuildVersion.text) }.count == 5, "\(status)")
    // As a terminal does it: to every process of the group, the script and `patron up` among them.
    kill(-run.pid, SIGINT)
    let end = await run.end()
    let text = try String(contentsOfFile: log, encoding: .utf8)
    guard case .exited(0) = end else {
      Issue.record("it \(end)\n\(text)")
      return
    }
    #expect(!text.contains("ending everything"))
    for name in Roster.names { #expect(text.contains("patron: \(name) stopped"), "\(text)") }
    #expect(AddressBook.read(folder) == nil)
    #expect(try String(contentsOfFile: folder.log(of: "identity"), encoding: .utf8).contains(" identity: stopped"))
  }
}
