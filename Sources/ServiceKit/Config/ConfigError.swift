/// Why a service does not start: one line that names the key and what is wrong with it.
public struct ConfigError: Error, Sendable, Equatable, CustomStringConvertible {
  /// As it stands in the file and in flags, such as "listen-address".
  public let key: String
  public let problem: String

  public init(key: String, problem: String) {
    self.key = key
    self.problem = problem
  }

  public var description: String { "\(key): \(problem)" }
}
