import Crypto
import Foundation
import Synchronization

/// Whose an API key is, for as long as identity's answer may be believed.
///
/// Keys are held as SHA-256 only. An answer is used for at most 30 seconds, so a revoked key works no longer than that; that a
/// key is unknown is believed for less, so that a new client need not wait. When full, it forgets everything: the keys in use
/// are back within one call each, and nothing that a stranger sends can grow it.
final class ApiKeyCache: Sendable {
  static let entriesAtMost = 10_000

  enum Answer: Sendable, Equatable {
    case client(id: String, scopes: Set<String>, storeIDs: Set<String>)
    /// UNAUTHENTICATED, with this reason and sentence.
    case refused(reason: String, message: String)
  }

  private struct Entry {
    var answer: Answer
    var since: Date
  }

  private let clientLifetime: TimeInterval
  private let refusalLifetime: TimeInterval
  private let entries = Mutex<[SHA256.Digest: Entry]>([:])

  init(clientLifetime: TimeInterval, refusalLifetime: TimeInterval) {
    self.clientLifetime = clientLifetime
    self.refusalLifetime = refusalLifetime
  }

  /// The answer to `key` if it is still believed at `now`. A clock that was set back makes no answer last longer.
  func answer(for key: String, now: Date) -> Answer? {
    let digest = SHA256.hash(data: Array(key.utf8))
    return entries.withLock { entries in
      guard let entry = entries[digest] else { return nil }
      let age = now.timeIntervalSince(entry.since)
      guard age >= 0, age < lifetime(of: entry.answer) else {
        entries[digest] = nil
        return nil
      }
      return entry.answer
    }
  }

  func remember(_ answer: Answer, for key: String, now: Date) {
    let digest = SHA256.hash(data: Array(key.utf8))
    entries.withLock { entries in
      if entries.count >= Self.entriesAtMost { entries.removeAll(keepingCapacity: true) }
      entries[digest] = Entry(answer: answer, since: now)
    }
  }

  private func lifetime(of answer: Answer) -> TimeInterval {
    switch answer {
    case .client: clientLifetime
    case .refused: min(refusalLifetime, clientLifetime)
    }
  }
}
