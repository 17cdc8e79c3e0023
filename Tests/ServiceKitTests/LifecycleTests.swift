import ArgumentParser
import Database
import Foundation
import PatronAPI
import RPC
import RPCTransport
import ServiceTesting
import Testing

@testable import ServiceKit

/// A whole process each: signals, exit codes, what is on the disk afterwards.
@Suite struct LifecycleTests {
  @Test func aSignalLetsCallsInFlightFinishAndLeavesAClosedDatabase() async {
    await #expect(processExitsWith: .success) {
      try await ServedSample.run { sample in
        async let reply = sample.client.listMembers(IdentityV1.ListMembersRequest())
        await SampleHandler.gate.visitor()
        kill(getpid(), SIGTERM)
        try await sample.untilNotReady()
        SampleHandler.gate.open()
        let token = try await reply.nextPageToken
        precondition(token == "passed", "the call in flight got its answer")
        try await sample.serving()
        precondition(!FileManager.default.fileExists(atPath: sample.database + "-wal"), "the log was moved into the file")
        precondition(FileManager.default.fileExists(atPath: sample.database), "the database stays")
      }
    }
  }

  @Test func aSecondSignalStopsAtOnce() async {
    await #expect(processExitsWith: .exitCode(128 + SIGTERM)) {
      try await ServedSample.run { sample in
        async let reply = sample.client.listMembers(IdentityV1.ListMembersRequest())
        await SampleHandler.gate.visitor()
        kill(getpid(), SIGTERM)
        try await sample.untilNotReady()
        kill(getpid(), SIGTERM)
        // The gate stays shut: only the second signal can end this.
        _ = try await reply
        exit(0)
      }
    }
  }

  @Test func theReadyFileSaysWhereToCallAndIsWrittenOnceServing() async {
    await #expect(processExitsWith: .success) {
      try await ServedSample.run { sample in
        precondition(sample.ready.pid == getpid())
        let caller = try await sample.client.getMember(IdentityV1.GetMemberRequest()).member?.memberID
        precondition(caller == Caller.localDevelopmentClientID)
        let status = await sample.adminStatus("/readyz")
        precondition(status == 200)
        kill(getpid(), SIGINT)
        try await sample.serving()
      }
    }
  }

  @Test func aWrongConfigurationIsOneLineAndExitsWithOne() async throws {
    let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
      await ServiceCommand<SampleApp>.main(["check-config", "--listen-address", "0.0.0.0:1"])
    }
    let line = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(line.contains("sample: listen-address: 0.0.0.0:1 is not loopback"))
    #expect(line.split(separator: "\n").filter { $0.hasPrefix("sample:") }.count == 1)
  }

  @Test(arguments: [
    ("tls-ca", "cannot read ", "missing.pem", "server.pem", "server.key"),
    ("tls-ca", "holds no certificate in PEM", "server.key", "server.pem", "server.key"),
    ("tls-certificate", "are not a certificate and its private key", "authority.pem", "server.pem", "client.key"),
  ])
  func checkConfigReadsTheFilesThatItNames(
    key: String, problem: String, authority: String, certificate: String, privateKey: String
  ) async throws {
    let folder = URL(fileURLWithPath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
      .appendingPathComponent("RPCTransportTests/Certificates").path
    let arguments = [
      "check-config", "--tls-ca", "\(folder)/\(authority)", "--tls-certificate", "\(folder)/\(certificate)", "--tls-key",
      "\(folder)/\(privateKey)",
    ]
    let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) {
      [arguments = arguments as [String]] in
      await ServiceCommand<SampleApp>.main(arguments)
    }
    let line = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(line.hasPrefix("sample: \(key): ") && line.contains(problem), "\(line)")
  }

  @Test(arguments: ["migrate", "verify", "backup", "restore"])
  func aServiceWithoutADatabaseSaysSo(command: String) async throws {
    let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) { [command = command as String] in
      await ServiceCommand<DatalessApp>.main([command])
    }
    let line = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(line == "dataless: this service owns no database, so there is nothing to \(command)\n")
  }

  @Test func checkConfigPrintsTheEffectiveConfiguration() async throws {
    let result = await #expect(processExitsWith: .success, observing: [\.standardOutputContent]) {
      await ServiceCommand<SampleApp>.main(["check-config", "--greeting=good day"])
    }
    let text = String(decoding: result?.standardOutputContent ?? [], as: UTF8.self)
    #expect(text.contains("greeting                  = good day  (flag)"))
    #expect(text.contains("drain-timeout             = 20s  (default)"))
  }

  @Test(arguments: ["verify", "backup"])
  func aCommandThatLooksDoesNotMakeWhatIsMissing(command: String) async throws {
    let folder = try TemporaryFolder("missing")
    let path = folder.path + "/nowhere/sample.sqlite"
    let arguments = [command, "--database", path] + (command == "backup" ? ["--to", folder.path + "/copy"] : [])
    let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) { [arguments = arguments as [String]] in
      await ServiceCommand<SampleApp>.main(arguments)
    }
    #expect(String(decoding: result?.standardErrorContent ?? [], as: UTF8.self) == "sample: database: there is no file \(path)\n")
    #expect(try FileManager.default.contentsOfDirectory(atPath: folder.path).isEmpty)
    folder.remove()
  }

  @Test func aBackupIsRestoredUnderANewEpoch() async {
    await #expect(processExitsWith: .success) {
      let folder = try TemporaryFolder("commands")
      func run(_ arguments: String...) async throws {
        var command = try ServiceCommand<SampleApp>.parseAsRoot(arguments + ["--database", folder.path + "/sample.sqlite"])
        if var asynchronous = command as? any AsyncParsableCommand { try await asynchronous.run() } else { try command.run() }
      }
      try await run("migrate")
      try await run("verify")
      try await run("backup", "--to", folder.path + "/copy")
      do {
        try await run("restore", "--from", folder.path + "/copy")
        preconditionFailure("a database that is there was replaced unasked")
      } catch let exit as ExitCode {
        precondition(exit.rawValue == 1)
      }
      try await run("restore", "--from", folder.path + "/copy", "--replace")
      try await run("verify")
    }
  }
}

extension LifecycleTests {
  @Test func oneProcessShipsALog() async throws {
    let folder = try TemporaryFolder("archive-lock")
    let path = folder.path + "/sample.sqlite"
    let lock = try #require(try FileLock(path + ".lock"))
    let arguments = ["migrate", "--database", path, "--wal-archive", folder.path + "/archive"]
    let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) { [arguments = arguments as [String]] in
      await ServiceCommand<SampleApp>.main(arguments)
    }
    let line = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
    #expect(line.contains("another process ships"), "\(line)")
    extendLifetime(lock)
    folder.remove()
  }

  @Test func aMomentOfAnArchiveIsRestoredAndAWrongOneIsRefused() async throws {
    let folder = try TemporaryFolder("archive")
    let path = folder.path + "/sample.sqlite"
    var configuration = DatabaseConfiguration(path: path)
    configuration.archive = ArchiveConfiguration(folder: folder.path + "/archive")
    let database = try Database.open(configuration, migrations: SampleApp.migrations)
    let insert = SQL("test.insert", "INSERT INTO card VALUES (?1, 'mem_1')")
    while !FileManager.default.fileExists(atPath: folder.path + "/archive/chain-000001/base-000001.json") {
      try await Task.sleep(for: .milliseconds(10))
    }
    try await database.write { try $0.run(insert, ["first"]) }
    try await Task.sleep(for: .milliseconds(2))
    let moment = Date()
    try await Task.sleep(for: .milliseconds(2))
    try await database.write { try $0.run(insert, ["second"]) }
    await database.close()

    let text = moment.formatted(Date.ISO8601FormatStyle(includingFractionalSeconds: true, timeZone: .init(secondsFromGMT: 8 * 3600)!))
    let restored = folder.path + "/restored.sqlite"
    let arguments = ["restore", "--from", folder.path + "/archive", "--database", restored]
    let withMoment = arguments + ["--at", text]
    await #expect(processExitsWith: .success) { [withMoment = withMoment as [String]] in await ServiceCommand<SampleApp>.main(withMoment) }
    let there = try Database.openExisting(DatabaseConfiguration(path: restored), migrations: SampleApp.migrations)
    #expect(try await there.read { try $0.all(SQL("test.all", "SELECT card_code FROM card")) { $0.text(0) } } == ["first"])
    await there.close()
    for (more, problem) in [
      (["--at", "yesterday"], "at: \"yesterday\" is no moment"), (["--at", "1999-01-01T00:00:00Z"], "the earliest moment"),
    ] {
      let wrong = arguments + ["--replace"] + more
      let result = await #expect(processExitsWith: .exitCode(1), observing: [\.standardErrorContent]) { [wrong = wrong as [String]] in
        await ServiceCommand<SampleApp>.main(wrong)
      }
      let line = String(decoding: result?.standardErrorContent ?? [], as: UTF8.self)
      #expect(line.contains(problem), "\(line)")
    }
    folder.remove()
  }
}

/// A service that owns no data, as the gateway.
struct DatalessApp: PatronService {
  static let name = "dataless"
  static let defaultPorts = ServicePorts(rpc: 5998, admin: 6008)

  init(config: NoServiceConfig, environment: ServiceEnvironment) async throws {}

  var services: [any RPCService] { [] }
}

/// `SampleApp`, served by this process on ports of the system's choice.
struct ServedSample: Sendable {
  let ready: ReadyFile
  let client: IdentityV1.IdentityServiceClient
  let database: String
  private let server: Task<Void, any Error>

  static func run(_ body: @Sendable (ServedSample) async throws -> Void) async throws {
    let folder = try TemporaryFolder("served")
    let readyPath = folder.path + "/ready"
    let database = folder.path + "/sample.sqlite"
    let config = try LoadedConfig<SampleApp>(values: [
      "listen-address": "127.0.0.1:0", "admin-address": "127.0.0.1:0", "database": database, "ready-file": readyPath,
      // Hundreds of tests share the machine: a drain or a connection may take long, and an error thrown here ends the process by a trap.
      "drain-timeout": "300s",
    ])
    let server = Task { try await ServiceRunner(config: config).serve() }
    var ready: ReadyFile?
    while ready == nil {
      try await Task.sleep(for: .milliseconds(5))
      ready = ReadyFile(contentsOf: readyPath)
    }
    guard let ready, let address = HostAndPort(ready.rpc) else { preconditionFailure("no address in the ready file") }
    var configuration = ChannelConfiguration(addresses: [ListenAddress(host: address.host, port: address.port)])
    configuration.connectTimeout = .seconds(300)
    let channel = try NetworkChannel(configuration)
    try await body(
      ServedSample(ready: ready, client: IdentityV1.IdentityServiceClient(channel: channel), database: database, server: server))
    await channel.close()
  }

  /// Returns when the service has stopped.
  func serving() async throws { try await server.value }

  /// Waits until the admin port says that the service drains.
  func untilNotReady() async throws {
    while await adminStatus("/readyz") == 200 { try await Task.sleep(for: .milliseconds(5)) }
  }

  /// The status of an admin page; 0 when the port does not answer.
  func adminStatus(_ path: String) async -> Int {
    guard let address = HostAndPort(ready.admin) else { return 0 }
    return PlainHTTP.status(host: address.host, port: address.port, path: path)
  }
}
