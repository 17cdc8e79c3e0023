import ArgumentParser
import Foundation

/// A copy of every service's data, by each service's own command.
struct BackupCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "backup", abstract: "Copy the databases of a data folder, while the services serve or not.",
    discussion: """
      One service is copied after another, so an order that was under way may be further in one copy than in another: after a restore, \
      patron verify names it. One moment over all services comes from archives (patron up --wal-archive, patron restore --at). Keys that \
      are files of their own, such as vault-keys, are not copied: keep them apart.
      """)

  @OptionGroup var data: DataOptions
  @Option(help: "The folder to write to; it holds no backup yet.") var to: String

  func run() async throws {
    try await FailureReport.around {
      try FileManager.default.createDirectory(
        atPath: to, withIntermediateDirectories: true, attributes: [.posixPermissions: 0o700])
      for service in Roster.upstreams {
        Terminal.print(
          try await ServiceOperation(service, data.folder).run(["backup", "--to", BackupFolder(to).copy(of: service)]))
      }
    }
  }
}

/// The databases of a data folder from copies or archives.
struct RestoreCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "restore", abstract: "Put backups, or a moment of archives, in the place of a data folder's databases.",
    discussion: """
      The system must be down. Each service's event feed begins a new epoch. Identity needs its vault-keys in the data folder, and from an \
      archive its identity-keys.sqlite as well. Run patron verify once the system is up again.
      """)

  @OptionGroup var data: DataOptions
  @Option(help: "The folder that patron backup wrote to, or that patron up --wal-archive names.") var from: String
  @Option(help: "Of archives: the moment, such as 2026-11-22T10:00:00Z. Without it, the last of each.") var at: String?
  @Flag(help: "Replace databases that are there; they are lost.") var replace = false

  func run() async throws {
    try await FailureReport.around {
      let folder = data.folder
      try folder.create()
      let lock = try FolderLock(folder)
      // All of them, before anything is put in place.
      let sources = try Roster.upstreams.map { ($0, try BackupFolder(from).source(of: $0, isArchive: at != nil)) }
      for (service, source) in sources {
        let moment = at.map { ["--at", $0] } ?? []
        Terminal.print(
          try await ServiceOperation(service, folder).run(["restore", "--from", source] + moment + (replace ? ["--replace"] : [])))
      }
      extendLifetime(lock)
    }
  }
}

/// Where a service's copy or archive lies among those of all.
private struct BackupFolder {
  let path: String

  init(_ path: String) { self.path = path }

  func copy(of service: String) -> String { path + "/\(service).sqlite" }
  func archive(of service: String) -> String { path + "/\(service)" }

  func source(of service: String, isArchive: Bool) throws -> String {
    let candidates = isArchive ? [archive(of: service)] : [copy(of: service), archive(of: service)]
    guard let source = candidates.first(where: FileManager.default.fileExists) else {
      throw CommandError("there is no \(isArchive ? "archive" : "backup") of \(service) in \(path)")
    }
    return source
  }
}

/// One run of a service's own command on its database in a data folder. What it says goes to the service's log.
struct ServiceOperation {
  private let service: String
  private let folder: DataFolder

  init(_ service: String, _ folder: DataFolder) { (self.service, self.folder) = (service, folder) }

  /// - Returns: The last line that it said.
  func run(_ arguments: [String]) async throws -> String {
    try folder.create()
    let log = folder.log(of: service)
    let process = try ChildProcess.start(
      try Executables.path(of: service), arguments + ["--database", folder.database(of: service)], log: log)
    let end = await process.end()
    guard case .exited(0) = end else { throw CommandError("\(service) \(end): \(LogRotation.lastLine(log))") }
    return LogRotation.lastLine(log)
  }
}
