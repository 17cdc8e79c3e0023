import Crypto
import Foundation
import Synchronization

/// Whose an API key is, for as long as identity's answer may be believed.
///
/// Keys are held as SHA-256 only. An answer is used for at most 30 seconds from when it was asked for, so a revoked key works no longer than
/// that; that a key is unknown is believed for less, so that a new client need not wait.
///
/// Keys that are known and keys that are not have each their own room: what a stranger makes up cannot push out the tills that work. A room
/// that is full forgets everything in it; the known keys in use are back within one call each.
final class ApiKeyCache: Sendable {
  static let clientsAtMost = 10_000
  static let refusalsAtMost = 10_000

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
  private let rooms = Mutex(Rooms())

  private struct Rooms {
    var clients: [SHA256.Digest: Entry] = [:]
    var refusals: [SHA256.Digest: Entry] = [:]
  }

  init(clientLifetime: TimeInterval, refusalLifetime: TimeInterval) {
    self.clientLifetime = clientLifetime
    self.refusalLifetime = refusalLifetime
  }

  /// The answer to `key` if it is still believed at `now`. A clock that was set back makes no answer last longer.
  func answer(for key: String, now: Date) -> Answer? {
    let digest = SHA256.hash(data: Array(key.utf8))
    return rooms.withLock { rooms in
      guard let entry = rooms.clients[digest] ?? rooms.refusals[digest] else { return nil }
      let age = now.timeIntervalSince(entry.since)
      guard age >= 0, age < lifetime(of: entry.answer) else {
        rooms.clients[digest] = nil
        rooms.refusals[digest] = nil
        return nil
      }
      return entry.answer
    }
  }

  /// `asked` is when the question was sent.
  func remember(_ answer: Answer, for key: String, asked: Date) {
    let digest = SHA256.hash(data: Array(key.utf8))
    let entry = Entry(answer: answer, since: asked)
    rooms.withLock { rooms in
      // A key that was revoked has left the one room for the other.
      rooms.clients[digest] = nil
      rooms.refusals[digest] = nil
      switch answer {
      case .client: Self.put(entry, digest, into: &rooms.clients, atMost: Self.clientsAtMost)
      case .refused: Self.put(entry, digest, into: &rooms.refusals, atMost: Self.refusalsAtMost)
      }
    }
  }

  private static func put(_ entry: Entry, _ digest: SHA256.Digest, into room: inout [SHA256.Digest: Entry], atMost limit: Int) {
    if room.count >= limit { room.removeAll(keepingCapacity: true) }
    room[digest] = entry
  }

  private func lifetime(of answer: Answer) -> TimeInterval {
    switch answer {
    case .client: clientLifetime
    case .refused: min(refusalLifetime, clientLifetime)
    }
  }
}
