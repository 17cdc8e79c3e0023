/// What a database has done since it was opened.
public struct DatabaseStatistics: Sendable, Hashable {
  /// Requests that a COMMIT made durable, those that undid their own part among them.
  public var writes = 0
  public var commits = 0
  /// How often a batch ran again because one of its requests had undone it.
  public var reruns = 0
  public var failedCommits = 0
}
