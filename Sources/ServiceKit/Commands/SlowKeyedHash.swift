public import Database

/// A keyed hash that takes its time: how a service recognises a secret that people type, of which there are few.
///
/// The time is what a stranger with the database's file, and so with its key, pays for each guess. It is no protection by itself: whoever
/// checks such a secret counts the wrong tries. Milliseconds, so the handlers that compute it are `offLoop`.
public struct SlowKeyedHash: Sendable {
  private let hash: KeyedHash
  private let rounds: Int

  /// - Parameter purpose: such as "loyalty.pin". Changing it, or `rounds`, makes every stored hash of the purpose unknown.
  public init(database: Database, purpose: String, rounds: Int) {
    precondition(rounds > 0)
    self.hash = KeyedHash(database: database, purpose: purpose)
    self.rounds = rounds
  }

  /// - Parameter salt: what makes one secret of two owners two hashes: the owner's id.
  public func callAsFunction(_ text: String, salt: String) -> [UInt8] {
    var block = hash([Array(salt.utf8), [0], Array(text.utf8)])
    for _ in 1..<rounds { block = hash([block]) }
    return block
  }
}
