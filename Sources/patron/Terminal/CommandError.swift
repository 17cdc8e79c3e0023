import ArgumentParser
import Foundation
import RPC

/// Why a command failed, in one line for people.
struct CommandError: Error, CustomStringConvertible {
  let description: String

  init(_ description: String) { self.description = description }
}

/// Failures on standard error, and the exit code that goes with them.
enum FailureReport {
  /// Runs `work`; a failure ends the command with exit code 1 after saying why.
  static func around(_ work: () async throws -> Void) async throws {
    do {
      try await work()
    } catch let exit as ExitCode {
      throw exit
    } catch let error as RPCError {
      Terminal.printError(text(of: error))
      throw ExitCode(1)
    } catch {
      Terminal.printError("patron: \(error)")
      throw ExitCode(1)
    }
  }

  /// Code, reason, message, then one line for each fact, violation and delay.
  static func text(of error: RPCError) -> String {
    var lines = ["\(error.code)\(error.reason.map { " / \($0)" } ?? ""): \(error.message)"]
    if let domain = error.domain, !domain.isEmpty { lines.append("  domain: \(domain)") }
    for (name, value) in error.metadata.sorted(by: { $0.key < $1.key }) { lines.append("  \(name): \(value)") }
    for violation in error.fieldViolations { lines.append("  \(violation.field): \(violation.description)") }
    if let delay = error.retryDelay { lines.append("  try again after \(delay)") }
    return lines.joined(separator: "\n")
  }
}
