import Foundation
import Logging

/// The threads that write to PostgreSQL, each with a connection of its own and one transaction at a time. They share one queue; the server
/// makes the commits of many connections durable together.
///
/// **Isolation.** A write that says which rows guard it (`LockOrder`) is READ COMMITTED: it waits for a row that another holds, and goes on from
/// what that one left. Any other is SERIALIZABLE: the server lets those take effect only as if they had run one after the other, and one that
/// came too late is undone and run again from the start, until its time limit at most (`conflictRetryLimit`); then the caller gets `busy`, which
/// may be tried again. Nothing is ever half done: every attempt is a transaction of its own.
///
/// A lost connection before COMMIT is no more than a conflict: nothing took effect, and the request runs again on another. Lost during
/// COMMIT, the outcome is not known, and the caller gets `commitUnknown`.
final class PostgresWriters: Sendable {
  private let configuration: DatabaseConfiguration
  let queue: RequestQueue<Transaction>
  private let publisher: PostgresPublisher
  let observations = WriterObservations()

  init(_ configuration: DatabaseConfiguration, publisher: PostgresPublisher) {
    self.configuration = configuration
    self.publisher = publisher
    queue = RequestQueue(limit: configuration.writeQueueLimit)
  }

  /// The body of each writer's thread.
  func run() {
    let keeper = PostgresKeeper(configuration, role: .writer)
    while let taken = queue.take() { serve(taken.element, keeper) }
  }

  // MARK: A request

  private func serve(_ request: PendingRequest<Transaction>, _ keeper: PostgresKeeper) {
    let now = ContinuousClock.now
    if let reason = request.reasonNotToStart(at: now) { return request.answer(with: reason) }
    var limit = now + configuration.writeTimeLimit
    if let deadline = request.deadline, deadline < limit { limit = deadline }
    var repetition = Repetition(limit: limit, attemptsAtMost: configuration.conflictRetryLimit)
    while true {
      let attempt = attempt(request, keeper, until: limit)
      switch attempt {
      case .committed(let hasAppended):
        observations.committed(1)
        if hasAppended { publisher.ring() }
        return request.answer()
      case .refused:
        return request.answer()
      case .unknown(let error):
        observations.failedToCommit()
        configuration.logger.error("commit failed, its outcome is unknown", metadata: ["error": "\(error)"])
        return request.answer(with: DatabaseError.commitUnknown)
      case .again(let cause, let error):
        guard repetition.allowsAnother(after: cause) else { return request.answer(with: error) }
        observations.reran()
      }
    }
  }

  private enum Attempt {
    /// On disk.
    case committed(hasAppended: Bool)
    /// Undone; the request keeps why.
    case refused
    /// Undone, and another attempt may do better.
    case again(PostgresFailure, any Error)
    /// COMMIT failed and may have taken effect.
    case unknown(any Error)
  }

  private func attempt(
    _ request: PendingRequest<Transaction>, _ keeper: PostgresKeeper, until limit: ContinuousClock.Instant
  ) -> Attempt {
    let connection: PostgresConnection
    do { connection = try keeper.get() } catch {
      request.refuse(error)
      return .refused
    }
    do { try connection.begin(request.locks == nil ? .serializable : .readCommitted, until: limit) } catch {
      keeper.drop()
      return .again(.disconnected, error)
    }
    // A second run in READ COMMITTED may rightly find what others committed since the first.
    let runsTwice = configuration.runsEveryWriteTwice && request.locks == nil
    let transaction = runsTwice ? runTwice(request, connection) : runOnce(request, connection, keepsTrace: false)
    let untold = connection.failure == nil ? nil : DatabaseError.transactionLost
    if let refusal = request.refusal ?? transaction.loss ?? untold {
      return undo(request, refusal, transaction.loss, connection, keeper)
    }
    if transaction.openClaim != nil {
      return undo(request, DatabaseError.invalidStatement(sql: "database.claim-request"), nil, connection, keeper)
    }
    return commit(request, transaction, connection, keeper)
  }

  private func runOnce(_ request: PendingRequest<Transaction>, _ connection: PostgresConnection, keepsTrace: Bool) -> Transaction {
    let transaction = Transaction(connection, keepsTrace: keepsTrace, locks: request.locks)
    request.run(in: transaction)
    transaction.end()
    return transaction
  }

  /// The first run is rolled back, the second counts. What differs between them came from outside the database.
  private func runTwice(_ request: PendingRequest<Transaction>, _ connection: PostgresConnection) -> Transaction {
    func control(_ text: String) -> Bool { (try? connection.control(text)) != nil }
    guard control("SAVEPOINT request") else { return runOnce(request, connection, keepsTrace: true) }
    let rehearsal = runOnce(request, connection, keepsTrace: true)
    let mayRunAgain = connection.failure == nil || connection.failure == .refused
    guard mayRunAgain, control("ROLLBACK TO SAVEPOINT request") else { return rehearsal }
    connection.forgetFailure()
    var transaction = rehearsal
    let isAlike = request.answersAlike { transaction = runOnce(request, connection, keepsTrace: true) }
    if connection.failure == nil || connection.failure == .refused {
      WriteTrace.compare(rehearsal, transaction, answersAlike: isAlike, of: request)
    }
    return transaction
  }

  /// - Parameters:
  ///   - error: What the caller gets, unless the request runs again.
  ///   - loss: The engine's own failure, which the closure may have turned into another.
  private func undo(
    _ request: PendingRequest<Transaction>, _ error: any Error, _ loss: DatabaseError?, _ connection: PostgresConnection,
    _ keeper: PostgresKeeper
  ) -> Attempt {
    let failure = connection.failure
    connection.rollback()
    if connection.failure == .disconnected { keeper.drop() }
    switch failure {
    case .conflict?, .disconnected?: return .again(failure ?? .conflict, loss ?? error)
    case .duplicate?: return .again(.duplicate, error)
    case .refused?, nil:
      request.refuse(error)
      return .refused
    }
  }

  private func commit(
    _ request: PendingRequest<Transaction>, _ transaction: Transaction, _ connection: PostgresConnection, _ keeper: PostgresKeeper
  ) -> Attempt {
    do {
      try connection.commit()
      return .committed(hasAppended: transaction.appendedPosition != nil)
    } catch {
      switch connection.failure {
      case .disconnected?:
        keeper.drop()
        return .unknown(error)
      case .conflict?:
        connection.rollback()
        return .again(.conflict, error)
      default:
        // The server said why it did not commit.
        connection.rollback()
        request.refuse(error)
        return .refused
      }
    }
  }

  // MARK: Repetition

  /// How often, and with which pauses, a request is run again.
  private struct Repetition {
    let limit: ContinuousClock.Instant
    let attemptsAtMost: Int
    private var attempts = 0
    private var duplicates = 0

    init(limit: ContinuousClock.Instant, attemptsAtMost: Int) {
      self.limit = limit
      self.attemptsAtMost = attemptsAtMost
    }

    /// Pauses, where that helps.
    mutating func allowsAnother(after cause: PostgresFailure) -> Bool {
      attempts += 1
      guard attempts < attemptsAtMost, ContinuousClock.now < limit else { return false }
      switch cause {
      case .refused: return false
      // Seen once it is there to stay: the second run replays it, or says which key is taken.
      case .duplicate:
        duplicates += 1
        return duplicates == 1
      case .disconnected: return attempts < 3
      case .conflict:
        // Drawn at random, so that those who met do not meet again; short, since the one that came first is done.
        let most = Swift.min(attempts, 8) * 500
        usleep(UInt32.random(in: 0...UInt32(most)))
        return true
      }
    }
  }
}
