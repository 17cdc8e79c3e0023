import ArgumentParser
import ServiceKit

/// `patron`: starts the system on one machine, and looks at one from outside, through the gateway like any other client.
@main
struct PatronCommand: AsyncParsableCommand {
  static let configuration = CommandConfiguration(
    commandName: "patron", abstract: "Membership for retailers: run it, call it, check it.", version: BuildVersion.text,
    subcommands: [
      UpCommand.self, StatusCommand.self, CallCommand.self, VerifyCommand.self, BackupCommand.self, RestoreCommand.self, DemoCommand.self,
    ])
}
