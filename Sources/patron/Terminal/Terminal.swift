import Foundation

/// The two output streams. Results go to standard output, everything about the way there to standard error.
enum Terminal {
  /// Whether a person watches: lines may then be overwritten.
  static let isInteractive = isatty(STDERR_FILENO) == 1

  /// Written at once, whatever standard output is connected to.
  static func print(_ text: String) {
    FileHandle.standardOutput.write(Data((text + "\n").utf8))
  }

  static func printError(_ text: String) {
    FileHandle.standardError.write(Data((text + "\n").utf8))
  }

  /// Overwrites the current line; for people only.
  static func overwriteLine(_ text: String) {
    FileHandle.standardError.write(Data("\r\u{1B}[2K\(text)".utf8))
  }

  static func clearLine() { overwriteLine("") }
}
