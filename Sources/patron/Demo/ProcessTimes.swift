import Foundation

/// The CPU time that the services have used so far, from /proc; zero where there is none (not Linux, or not on this machine).
struct ProcessTimes: Sendable {
  private let processIDs: [Int32]

  init(_ processes: [String: Int32]) { processIDs = Array(processes.values) }

  /// User and system seconds, summed over the services.
  func seconds() -> Double {
    processIDs.reduce(0) { $0 + Self.seconds(of: $1) }
  }

  private static let ticksPerSecond = Double(max(1, sysconf(Int32(_SC_CLK_TCK))))

  private static func seconds(of processID: Int32) -> Double {
    guard let text = try? String(contentsOfFile: "/proc/\(processID)/stat", encoding: .utf8), let end = text.lastIndex(of: ")") else {
      return 0
    }
    // After the command's name in parentheses: state is field 3, utime field 14, stime field 15 (proc(5)).
    let fields = text[text.index(after: end)...].split(separator: " ")
    guard fields.count > 12, let user = Double(fields[11]), let system = Double(fields[12]) else { return 0 }
    return (user + system) / ticksPerSecond
  }
}
