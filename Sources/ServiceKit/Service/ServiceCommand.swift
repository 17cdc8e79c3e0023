import ArgumentParser
import Database
import Foundation
import PatronAPI

/// The command line of one service. Its own flags are few; the configuration's keys are read by `ConfigReader`, so that the
/// environment and the file know the same names.
struct ServiceCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: App.name, abstract: "Patron's \(App.name) service.",
      discussion: ConfigText.help(service: App.name, keys: LoadedConfig<App>.documentedKeys),
      subcommands: [ServeCommand<App>.self, CheckConfigCommand<App>.self] + storageCommands, defaultSubcommand: ServeCommand<App>.self)
  }

  /// For services that own a database.
  private static var storageCommands: [any ParsableCommand.Type] {
    App.ownsDatabase
      ? [MigrateCommand<App>.self, VerifyCommand<App>.self, BackupCommand<App>.self, RestoreCommand<App>.self, FeedCommand<App>.self] : []
  }
}

/// The configuration's keys as they stand on a command line: `--key value` or `--key=value`.
struct ConfigurationFlags: ParsableArguments {
  @Argument(parsing: .allUnrecognized, help: ArgumentHelp("Any key of the configuration, as --key value.", valueName: "--key value"))
  var arguments: [String] = []

  func load<App: PatronService>(for app: App.Type) throws -> LoadedConfig<App> {
    try LoadedConfig<App>(arguments: arguments, environment: ProcessInfo.processInfo.environment)
  }
}

struct ServeCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "serve", abstract: "Serve until SIGTERM or SIGINT. What runs when no subcommand is named.")
  }

  private static var storageCommands: [String] { ["migrate", "verify", "backup", "restore", "feed"] }

  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      if let command = flags.arguments.first, !App.ownsDatabase, Self.storageCommands.contains(command) {
        throw NoDatabase(command: command)
      }
      try await ServiceRunner(config: flags.load(for: App.self)).serve()
    }
  }
}

/// A command of the services that own a database, asked of one that does not.
private struct NoDatabase: Error, CustomStringConvertible {
  let command: String

  var description: String { "this service owns no database, so there is nothing to \(command)" }
}

struct CheckConfigCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "check-config", abstract: "Print the effective configuration, or what is wrong with it and with the files it names.")
  }

  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      let config = try flags.load(for: App.self)
      try config.common.checkFiles()
      try config.own.checkFiles()
      print(ConfigText.effective(config.keys))
    }
  }
}

struct MigrateCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "migrate", abstract: "Bring the database to this binary's schema and stop. Serving does so too.")
  }

  @Flag(
    help: ArgumentHelp(
      "Change nothing: name what would be applied, and apply it to a copy of a file, or in a transaction of a server that is rolled back."))
  var dryRun = false
  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      let runner = try ServiceRunner<App>(config: flags.load(for: App.self))
      if dryRun { return try await rehearse(runner) }
      try await runner.migrate()
      print("\(App.name): the database is at migration \(App.migrations.count)")
    }
  }

  private func rehearse(_ runner: ServiceRunner<App>) async throws {
    let rehearsal = try await runner.rehearseMigrations()
    for step in rehearsal.applied {
      let milliseconds = step.duration / .milliseconds(1)
      print("\(step.owner) \(step.number) \(step.name) sha256:\(step.checksum) \(Int(milliseconds.rounded())) ms")
    }
    if let failure = rehearsal.failure { throw failure }
    print("\(App.name): \(rehearsal.applied.count) migrations would be applied; nothing was changed")
  }
}

struct VerifyCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "verify", abstract: "Recompute every balance from its ledger, changing nothing; exit 1 if any differs.")
  }

  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      let differences = try await ServiceRunner(config: flags.load(for: App.self)).verify()
      for difference in differences {
        print("\(difference.check) \(difference.ids.joined(separator: " ")): expected \(difference.expected), found \(difference.found)")
      }
      print("\(App.name): \(differences.isEmpty ? "no differences" : "\(differences.count) differences")")
      if !differences.isEmpty { throw ExitCode(1) }
    }
  }
}

struct BackupCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(commandName: "backup", abstract: "Copy the database, and those beside it, while the service serves or not.")
  }

  @Option(help: "The file to write; it must not exist.") var to: String
  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      try await ServiceRunner(config: flags.load(for: App.self)).backup(to: to)
      print("\(App.name): backed up to \(to)")
    }
  }
}

struct RestoreCommand<App: PatronService>: AsyncParsableCommand {
  static var configuration: CommandConfiguration {
    CommandConfiguration(
      commandName: "restore", abstract: "Put a backup, or a moment of an archive, in the database's place. The service must not run.",
      discussion: """
        The event feed begins a new epoch: its consumers stop with FEED_EPOCH_CHANGED and resync. From an archive comes the main database alone; \
        keys beside it stay as they are.
        """)
  }

  @Option(help: "The backup to read, or the folder of an archive (wal-archive).") var from: String
  @Option(
    help:
      "Of an archive: the moment, such as 2026-11-22T10:00:00Z. Every commit up to it is restored, and none after it. Without it, the last."
  )
  var at: String?
  @Flag(help: "Replace a database that is there; it is lost.") var replace = false
  @OptionGroup var flags: ConfigurationFlags

  func run() async throws {
    try await CommandReport.oneLine(App.name) {
      let config = try flags.load(for: App.self)
      let runner = ServiceRunner(config: config)
      guard ArchiveMoment.isArchive(from) else {
        if at != nil { throw ConfigError(key: "at", problem: "goes with an archive, and \(from) is no folder") }
        try await runner.restore(from: from, replacing: replace)
        return print("\(App.name): restored from \(from)")
      }
      let moment = try await runner.restore(fromArchive: from, at: at.map(ArchiveMoment.parse), replacing: replace)
      print("\(App.name): restored from \(from), as of \(ArchiveMoment.text(moment.lastCommitTime))")
    }
  }
}
