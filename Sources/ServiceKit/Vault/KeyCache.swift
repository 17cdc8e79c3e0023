import Synchronization

/// Unwrapped keys that are in use, so that a till's look-up asks the key database once in a while only.
///
/// Two generations, each of half the limit: what is used again moves to the younger, and when that is full the older goes. A key that was
/// destroyed is forgotten at once, and one that was being read meanwhile is not taken in.
final class KeyCache: Sendable {
  /// About 200 bytes each.
  static let keysAtMost = 65_536

  private struct State {
    var younger: [String: DataKey] = [:]
    var older: [String: DataKey] = [:]
    /// How often keys were forgotten.
    var forgettings = 0
  }

  private let state = Mutex(State())
  private let generationSize: Int

  init(keysAtMost: Int = KeyCache.keysAtMost) { generationSize = max(1, keysAtMost / 2) }

  func key(of ownerID: String) -> DataKey? {
    state.withLock { state in
      if let key = state.younger[ownerID] { return key }
      guard let key = state.older[ownerID] else { return nil }
      keep(key, &state)
      return key
    }
  }

  /// To be taken before a key is read, and handed in with it.
  var moment: Int { state.withLock { $0.forgettings } }

  /// Keeps what was read since `moment`, unless a key was forgotten since: it may be this one.
  func keep(_ key: DataKey, readSince moment: Int) {
    state.withLock { state in
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

  var count: Int { state.withLock { Set($0.younger.keys).union($0.older.keys).count } }

  private func keep(_ key: DataKey, _ state: inout State) {
    if state.younger.count >= generationSize && state.younger[key.ownerID] == nil {
      state.older = state.younger
      state.younger = [:]
    }
    state.younger[key.ownerID] = key
  }
}
