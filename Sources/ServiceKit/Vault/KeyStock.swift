import Synchronization

/// Owners to be, whose keys are on disk already: one commit makes many, so that an enrolment waits for its own commit alone.
///
/// An owner: ahead → taken → settled, or back to ahead when no row came of it. Those ahead and taken may still get a row, so no sweep touches
/// them; a process that dies leaves them to the next one's.
final class KeyStock: Sendable {
  /// How many are made at once.
  static let batch = 32

  private struct State {
    var ahead: [DataKey] = []
    var taken: Set<String> = []
    /// Somebody is making a batch.
    var isFilling = false
  }

  private let state = Mutex(State())

  enum Next {
    case ready(DataKey)
    /// Nobody is ahead: make this many, and hand in all but the first with `add`.
    case make(Int)
  }

  func next() -> Next {
    state.withLock { state in
      if let key = state.ahead.popLast() {
        state.taken.insert(key.ownerID)
        return .ready(key)
      }
      // Who comes while a batch is being made makes one key: the database writes both with one commit.
      guard !state.isFilling else { return .make(1) }
      state.isFilling = true
      return .make(Self.batch)
    }
  }

  /// Before their keys are written: from here on no sweep takes them for orphans.
  func announce(_ ownerIDs: [String]) { state.withLock { $0.taken.formUnion(ownerIDs) } }

  /// The keys of a batch are on disk; those that are not taken come in their order.
  func filled(_ keys: [DataKey]) {
    state.withLock { state in
      state.isFilling = false
      state.ahead.insert(contentsOf: keys.reversed(), at: 0)
      state.taken.subtract(keys.map(\.ownerID))
    }
  }

  /// Nothing was written, or nobody knows.
  func failed(_ ownerIDs: [String], ofBatch: Bool) {
    state.withLock { state in
      if ofBatch { state.isFilling = false }
      state.taken.subtract(ownerIDs)
    }
  }

  /// The owner's row is there, or never comes.
  func settle(_ ownerID: String) { state.withLock { _ = $0.taken.remove(ownerID) } }

  /// No row came: the next may have the key.
  func giveBack(_ key: DataKey) {
    state.withLock { state in
      state.taken.remove(key.ownerID)
      state.ahead.append(key)
    }
  }

  /// Who may still get a row.
  var unsettled: Set<String> { state.withLock { $0.taken.union($0.ahead.map(\.ownerID)) } }
}
