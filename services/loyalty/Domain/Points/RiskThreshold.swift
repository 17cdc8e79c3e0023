internal import Foundation

/// So many within so long.
struct RiskThreshold: Equatable, Sendable {
  /// Facts that a signal names.
  static let evidenceAtMost = 20

  /// Something that happened.
  struct Fact: Equatable, Sendable {
    var id: String
    var at: Date
    /// What is counted once: the fact itself, or who did it.
    var counted: String
  }

  struct Crossing: Equatable, Sendable {
    /// Of the fact that made it enough.
    var at: Date
    var found: Int
    var evidence: [String]
  }

  var count: Int
  var seconds: Int

  /// Each time that enough happened within the span. What one signal has told counts towards no other.
  ///
  /// - Parameter facts: by time.
  func crossings(of facts: [Fact]) -> [Crossing] {
    var crossings: [Crossing] = []
    var window: ArraySlice<Fact> = facts[...].prefix(0)
    for index in facts.indices {
      window = facts[(window.isEmpty ? index : window.startIndex)...index]
      while let first = window.first, facts[index].at.timeIntervalSince(first.at) > TimeInterval(seconds) { window = window.dropFirst() }
      let found = Set(window.map(\.counted)).count
      guard found >= count else { continue }
      crossings.append(
        Crossing(at: facts[index].at, found: found, evidence: window.prefix(Self.evidenceAtMost).map(\.id)))
      window = window.suffix(0)
    }
    return crossings
  }
}

/// Something to look at.
struct RiskSignal: Equatable, Sendable {
  var kind: RiskKind
  var memberID: String
  /// Empty where no person of the staff is concerned.
  var staffID: String
  var threshold: RiskThreshold
  var crossing: RiskThreshold.Crossing
  var policyVersion: Int64
}
