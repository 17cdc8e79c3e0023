import Synchronization

/// Owners to be, whose keys are on disk already: one commit makes many, so that an enrolment waits for its own commit alone.
///
/// An owner: ahead → taken → settled, or back to ahead when no row came of it. Those ahead and taken may still get a row, so no sweep of this
/// process touches them; a process that dies leaves them to the next one's. Where other processes sweep as well, they wait for longer than a key
/// stands ahead.
final class KeyStock: Sendable {
  /// How many are made at once.
  static let batch = 32
  /// After which an owner ahead is given up.
  static let longestAhead = Duration.seconds(12 * 3_600)

  private struct Ahead {
    var key: DataKey
    var made: ContinuousClock.Instant
  }

  private struct State {
    var ahead: [Ahead] = []
    /// With when their keys were made.
    var taken: [String: ContinuousClock.Instant] = [:]
    /// Somebody is making a batch.
    var isFilling = false
  }

  private let state = Mutex(State())

  enum Next {
    case ready(DataKey)
    /// Nobody is ahead: make this many, and hand in all but the first with `filled`.
    case make(Int)
  }

  func next(at now: ContinuousClock.Instant = .now) -> Next {
    state.withLock { state in
      state.ahead.removeAll { now - $0.made > Self.longestAhead }
      if let ahead = state.ahead.popLast() {
        state.taken[ahead.key.ownerID] = ahead.made
        return .ready(ahead.key)
      }
      // Who comes while a batch is being made makes one key: the database writes both with one commit.
      guard !state.isFilling else { return .make(1) }
      state.isFilling = true
      return .make(Self.batch)
    }
  }

  /// Before their keys are written: from here on no sweep takes them for orphans.
  func announce(_ ownerIDs: [String], at now: ContinuousClock.Instant = .now) {
    state.withLock { state in for ownerID in ownerIDs { state.taken[ownerID] = now } }
  }

  /// The keys of a batch are on disk; those that are not taken come in their order.
  func filled(_ keys: [DataKey]) {
    state.withLock { state in
      state.isFilling = false
      let batch = keys.reversed().compactMap { key in
        state.taken.removeValue(forKey: key.ownerID).map { Ahead(key: key, made: $0) }
      }
      state.ahead.insert(contentsOf: batch, at: 0)
    }
  }

  /// Nothing was written, or nobody knows.
  func failed(_ ownerIDs: [String], ofBatch: Bool) {
    state.withLock { state in
      if ofBatch { state.isFilling = false }
      for ownerID in ownerIDs { state.taken[ownerID] = nil }
    }
  }

  /// The owner's row is there, or never comes.
  func settle(_ ownerID: String) { state.withLock { _ = $0.taken.removeValue(forKey: ownerID) } }

  /// No row came: the next may have the key.
  func giveBack(_ key: DataKey) {
    state.withLock { state in
      if let made = state.taken.removeValue(forKey: key.ownerID) { state.ahead.append(Ahead(key: key, made: made)) }
    }
  }

  /// Who may still get a row.
  var unsettled: Set<String> { state.withLock { Set($0.taken.keys).union($0.ahead.map(\.key.ownerID)) } }
}
