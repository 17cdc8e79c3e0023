import Foundation

/// A rule as it stands now: its current version, and how often it is being used and was used under all versions.
struct PublishedRule: Sendable, Hashable {
  let rule: Rule
  let state: RuleState
  let uses: UseCount
  /// When the current version was published.
  let publishInstant: Date
}

enum RuleState: Int64, Sendable, Hashable {
  case published = 1
  /// Takes no part in evaluation until it is published again. What was quoted before is still honoured.
  case stopped = 2
}

/// Who publishes.
struct Publisher: Sendable, Hashable {
  let clientID: String
  let staffID: String
}
