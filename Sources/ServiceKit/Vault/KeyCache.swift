import Synchronization

/// Unwrapped keys that are in use, so that a till's look-up asks the key database once in a while only.
///
/// Two generations, each of half the limit: what is used again moves to the younger, and when that is full the older goes. A key that was
/// destroyed is forgotten at once, and one that was being read meanwhile is not taken in.
///
/// Where other processes destroy keys as well, no key stays for longer than a lifetime: a generation is closed after half of it, and what is in
/// the older is used and not kept.
final class KeyCache: Sendable {
  /// About 200 bytes each.
  static let keysAtMost = 65_536

  private struct State {
    var younger: [String: DataKey] = [:]
    var older: [String: DataKey] = [:]
    /// When the younger generation began.
    var turn: ContinuousClock.Instant
    /// How often keys were forgotten.
    var forgettings = 0
  }

  private let state: Mutex<State>
  private let generationSize: Int
  private let lifetime: Duration?

  /// - Parameter lifetime: Nil where this process alone destroys keys.
  init(keysAtMost: Int = KeyCache.keysAtMost, lifetime: Duration? = nil, now: ContinuousClock.Instant = .now) {
    generationSize = max(1, keysAtMost / 2)
    self.lifetime = lifetime
    state = Mutex(State(turn: now))
  }

  func key(of ownerID: String, at now: ContinuousClock.Instant = .now) -> DataKey? {
    state.withLock { state in
      turn(&state, at: now)
      if let key = state.younger[ownerID] { return key }
      guard let key = state.older[ownerID] else { return nil }
      if lifetime == nil { keep(key, &state) }
      return key
    }
  }

  /// To be taken before a key is read, and handed in with it.
  var moment: Int { state.withLock { $0.forgettings } }

  /// Keeps what was read since `moment`, unless a key was forgotten since: it may be this one.
  func keep(_ key: DataKey, readSince moment: Int, at now: ContinuousClock.Instant = .now) {
    state.withLock { state in
      turn(&state, at: now)
      if state.forgettings == moment { keep(key, &state) }
    }
  }

  func forget(_ ownerIDs: [String]) {
    state.withLock { state in
      state.forgettings += 1
      for ownerID in ownerIDs {
        state.younger[ownerID] = nil
        state.older[ownerID] = nil
      }
    }
  }

  /// Lets go of what has outlived its time, also when nobody asks for keys.
  func dropOld(at now: ContinuousClock.Instant = .now) { state.withLock { turn(&$0, at: now) } }

  var count: Int { state.withLock { Set($0.younger.keys).union($0.older.keys).count } }

  private func turn(_ state: inout State, at now: ContinuousClock.Instant) {
    guard let lifetime, now - state.turn >= lifetime / 2 else { return }
    state.older = now - state.turn >= lifetime ? [:] : state.younger
    state.younger = [:]
    // A key that came just after the last turn is no younger for it.
    state.turn = now - state.turn >= lifetime ? now : state.turn + lifetime / 2
  }

  private func keep(_ key: DataKey, _ state: inout State) {
    if state.younger.count >= generationSize && state.younger[key.ownerID] == nil {
      state.older = state.younger
      state.younger = [:]
    }
    state.younger[key.ownerID] = key
  }
}
