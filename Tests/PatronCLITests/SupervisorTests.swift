import Foundation
import ServiceKit
import Synchronization
import Testing

@testable import PatronCLI

/// The supervisor with shell scripts in the services' place: processes, signals and files are real.
@Suite struct SupervisorTests {
  /// A data folder of its own under the temporary one, removed at the end.
  private final class Sandbox: Sendable {
    let folder: DataFolder
    let scripts: String

    init() throws {
      let root = FileManager.default.temporaryDirectory.appendingPathComponent("patron-test-\(UUID().uuidString)").path
      folder = DataFolder(root + "/data")
      scripts = root + "/bin"
      try FileManager.default.createDirectory(atPath: scripts, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: (scripts as NSString).deletingLastPathComponent) }

    func script(_ name: String, _ body: String) throws {
      let path = scripts + "/" + name
      try Data("#!/bin/bash\n\(body)\n".utf8).write(to: URL(fileURLWithPath: path))
      try FileManager.default.setAttributes([.posixPermissions: 0o755], ofItemAtPath: path)
    }

    /// Serves at once, notes its start and its end, drains on SIGTERM.
    static let wellBehaved = """
      declare -A flag
      for ((i = 1; i < $#; i += 2)); do next=$((i + 1)); flag[${!i}]=${!next}; done
      echo "$(basename $0) started $*" >> "$(dirname $0)/events"
      trap 'echo "$(basename $0) stopped" >> "$(dirname $0)/events"; exit 0' TERM
      ready=${flag[--ready-file]}
      port=${flag[--listen-address]#127.0.0.1:}; [ $port = 0 ] && port=$$
      echo "{\\"rpc\\":\\"127.0.0.1:$port\\",\\"admin\\":\\"127.0.0.1:1\\",\\"pid\\":$$}" > $ready.tmp && mv $ready.tmp $ready
      while :; do sleep 0.02; done
      """

    func fiveServices() throws { for name in Roster.names { try script(name, Self.wellBehaved) } }

    /// What the scripts wrote, such as "loyalty started".
    var events: [String] {
      let text = (try? String(contentsOfFile: scripts + "/events", encoding: .utf8)) ?? ""
      return text.split(separator: "\n").map(String.init)
    }

    /// The events without the arguments.
    var briefEvents: [String] { events.map { $0.split(separator: " ").prefix(2).joined(separator: " ") } }

    func supervisor(_ stop: StopRequest, ports: PortPlan = .automatic, lines: Lines = Lines()) -> Supervisor {
      let scripts = self.scripts
      return Supervisor(folder: folder, ports: ports, stop: stop, executable: { scripts + "/" + $0 }) { lines.add($0) }
    }
  }

  private final class Lines: Sendable {
    private let lines = Mutex<[String]>([])
    func add(_ line: String) { lines.withLock { $0.append(line) } }
    var all: [String] { lines.withLock { $0 } }
  }

  /// Waits until `condition` holds. The limit only ends a test that would hang.
  private func eventually(_ condition: () -> Bool) async throws {
    for _ in 0..<3_000 {
      if condition() { return }
      try await Task.sleep(for: .milliseconds(10))
    }
    Issue.record("it never came about")
  }

  @Test func servicesStartInOrderAndStopInReverse() async throws {
    let sandbox = try Sandbox()
    try sandbox.fiveServices()
    let stop = StopRequest()
    let folder = sandbox.folder
    try await sandbox.supervisor(stop).run { services in
      #expect(Set(services.keys) == Set(Roster.names))
      #expect(AddressBook.read(folder) == services)
      stop.make()
    }
    #expect(sandbox.briefEvents == Roster.names.map { "\($0) started" } + Roster.names.reversed().map { "\($0) stopped" })
    #expect(AddressBook.read(folder) == nil)
  }

  @Test func theGatewayIsToldWhereTheOthersListen() async throws {
    let sandbox = try Sandbox()
    try sandbox.fiveServices()
    let stop = StopRequest()
    let loyalty = Mutex("")
    try await sandbox.supervisor(stop).run { services in
      loyalty.withLock { $0 = services["loyalty"]?.rpc ?? "" }
      stop.make()
    }
    let gateway = try #require(sandbox.events.first { $0.hasPrefix("gateway started") })
    #expect(gateway.contains("--loyalty-address \(loyalty.withLock { $0 })"))
    #expect(gateway.contains("--quote-keys-file \(sandbox.folder.quoteKeys)"))
  }

  @Test func keysAreMadeForTheirOwnerOnlyAndKept() async throws {
    let sandbox = try Sandbox()
    try sandbox.fiveServices()
    var made: [Data] = []
    for _ in 0..<2 {
      let stop = StopRequest()
      try await sandbox.supervisor(stop).run { _ in stop.make() }
      made.append(try #require(FileManager.default.contents(atPath: sandbox.folder.callerKeys)))
    }
    #expect(made[0] == made[1])
    for path in [sandbox.folder.callerKeys, sandbox.folder.quoteKeys] {
      let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? NSNumber
      #expect(mode?.intValue == 0o600)
    }
  }

  @Test func whatDiesIsStartedAgainOnItsPort() async throws {
    let sandbox = try Sandbox()
    try sandbox.fiveServices()
    let stop = StopRequest()
    let lines = Lines()
    let supervisor = sandbox.supervisor(stop, lines: lines)
    let folder = sandbox.folder
    let first = Mutex<ReadyFile?>(nil)
    async let run: Void = supervisor.run { services in
      first.withLock { $0 = services["campaign"] }
    }
    try await eventually { first.withLock { $0 } != nil }
    let before = try #require(first.withLock { $0 })
    kill(before.pid, SIGKILL)
    try await eventually { (AddressBook.read(folder)?["campaign"]?.pid ?? before.pid) != before.pid }
    let after = try #require(AddressBook.read(folder)?["campaign"])
    #expect(after.rpc == before.rpc)
    #expect(sandbox.events.contains { $0.hasPrefix("campaign started") && $0.contains("--listen-address \(before.rpc)") })
    #expect(lines.all.contains { $0.hasPrefix("campaign was killed by signal 9") })
    stop.make()
    try await run
    #expect(sandbox.briefEvents.filter { $0 == "campaign started" }.count == 2)
  }

  @Test func aServiceThatCannotStartEndsTheStartWithItsReason() async throws {
    let sandbox = try Sandbox()
    try sandbox.fiveServices()
    try sandbox.script("campaign", "echo 'campaign: database: the disk is on fire' >&2; exit 1")
    let error = await #expect(throws: CommandError.self) {
      try await sandbox.supervisor(StopRequest()).run { _ in Issue.record("it is not up") }
    }
    #expect(error?.description.contains("the disk is on fire") == true)
    #expect(error?.description.contains("exit code 1") == true)
    #expect(!sandbox.briefEvents.contains("inventory started"))
    #expect(sandbox.briefEvents.suffix(2).sorted() == ["identity stopped", "loyalty stopped"])
  }

  @Test func aMissingProgramIsNamed() async throws {
    let sandbox = try Sandbox()
    await #expect(throws: (any Error).self) { try await sandbox.supervisor(StopRequest()).run { _ in } }
    #expect(throws: CommandError.self) { try Executables.path(of: "no-such-service") }
  }

  @Test func aSecondSupervisorOnTheSameFolderIsRefused() async throws {
    let sandbox = try Sandbox()
    try sandbox.fiveServices()
    let stop = StopRequest()
    let folder = sandbox.folder
    try await sandbox.supervisor(stop).run { _ in
      let error = #expect(throws: CommandError.self) { _ = try FolderLock(folder) }
      #expect(error?.description.contains("running on \(folder.path) already (process \(getpid()))") == true)
      stop.make()
    }
    // And is free again afterwards. A process that another test starts at this moment has a copy of the lock until its exec.
    try await eventually {
      do { _ = try FolderLock(folder) } catch { return false }
      return true
    }
  }

  @Test func aStopDuringTheStartStopsWhatHasStarted() async throws {
    let sandbox = try Sandbox()
    try sandbox.fiveServices()
    // Never serves.
    try sandbox.script("loyalty", "trap '' TERM; while :; do sleep 0.02; done")
    let stop = StopRequest()
    async let run: Void = sandbox.supervisor(stop).run { _ in Issue.record("it is not up") }
    try await eventually { AddressBook.read(sandbox.folder)?["identity"] != nil }
    stop.make()
    try await run
    #expect(sandbox.briefEvents == ["identity started", "identity stopped"])
  }

  @Test func portsFollowTheGatewaysOne() {
    let plan = PortPlan.base(6000)
    #expect(plan.addresses(of: "gateway") == ("127.0.0.1:6000", "127.0.0.1:6010"))
    #expect(plan.addresses(of: "inventory") == ("127.0.0.1:6004", "127.0.0.1:6014"))
    #expect(PortPlan.automatic.addresses(of: "gateway") == ("127.0.0.1:0", "127.0.0.1:0"))
    let all = Roster.names.flatMap { [plan.addresses(of: $0).rpc, plan.addresses(of: $0).admin] }
    #expect(Set(all).count == 10)
  }

  @Test func aLongLogIsMovedAsideAtAStart() throws {
    let sandbox = try Sandbox()
    try sandbox.folder.create()
    let log = sandbox.folder.log(of: "loyalty")
    try LogRotation.rotate(log)
    _ = FileManager.default.createFile(atPath: log, contents: Data("first\nlast\n".utf8))
    #expect(LogRotation.lastLine(log) == "last")
    truncate(log, LogRotation.longestLogBytes + 1)
    try LogRotation.rotate(log)
    #expect(!FileManager.default.fileExists(atPath: log))
    #expect(FileManager.default.fileExists(atPath: log + ".1"))
  }
}
