import Database
import Synchronization

/// Published versions that were read before, so that a basket at the till does not read the rules anew.
///
/// It cannot be stale: a version never changes once it is published, and which version is current is read for each basket in
/// the snapshot of the counters. What it holds was read from a snapshot, hence was committed.
final class RuleVersionCache: Sendable {
  /// Past this many the cache starts afresh: a bound on memory that a running shop does not meet.
  static let versionsAtMost = 4_096

  private struct Key: Hashable {
    let ruleID: String
    let version: Int64
  }

  private let rules = Mutex<[Key: Rule]>([:])

  func rule(_ ruleID: String, version: Int64, kind: RuleKind, in snapshot: Snapshot) throws -> Rule {
    let key = Key(ruleID: ruleID, version: version)
    if let known = rules.withLock({ $0[key] }) { return known }
    // Read outside the lock: two readers may both read it, and both read the same.
    let rule = try RuleVersionStore.find(ruleID, version: version, kind: kind, in: snapshot).rule
    rules.withLock { rules in
      if rules.count >= Self.versionsAtMost { rules.removeAll(keepingCapacity: true) }
      rules[key] = rule
    }
    return rule
  }
}
