import ArgumentParser
import Database
import Foundation

/// Why a command failed, as one line on standard error.
enum CommandReport {
  static func oneLine(_ service: String, _ work: () async throws -> Void) async throws {
    do {
      try await work()
    } catch let exit as ExitCode {
      throw exit
    } catch {
      FileHandle.standardError.write(Data("\(service): \(LogText.oneLine("\(error)"))\n".utf8))
      throw ExitCode(1)
    }
  }
}
