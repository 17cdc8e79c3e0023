internal import Database
internal import Foundation
internal import ServiceKit

/// Gives members what resolved draws owe them: points won, or the price of tickets back. Each member's is a write of its own, once under the place
/// or the purchase, so whoever is killed in between, or does it twice, leaves nothing undone and does nothing twice.
struct DrawSettler: Sendable {
  /// What one step reads ahead, and repeats at most after a crash.
  static let batch = 100

  let environment: ServiceEnvironment

  /// Every draw that owes something. One that cannot be settled stands in no other's way.
  func pass(onError: (any Error) -> Void) async throws {
    var last = ""
    while let owing = try await next(after: last) {
      try Task.checkCancellation()
      last = owing.code
      do {
        try await settle(owing)
      } catch let error where !(error is CancellationError) {
        onError(error)
      }
    }
  }

  private func next(after code: String) async throws -> DrawStore.Owing? {
    try await environment.database.read { snapshot in try DrawStore.owing(after: code, snapshot) }
  }

  private func settle(_ owing: DrawStore.Owing) async throws {
    var through = owing.settledThrough
    while true {
      let step =
        owing.state == .drawn ? try await payWinners(of: owing.code, after: through) : try await giveBack(owing.code, after: through)
      through = step.through
      try await environment.database.write(locking: LoyaltyLocks.draw) { [through] transaction in
        _ = try DrawStore.take(owing.code, transaction)
        try DrawStore.settle(owing.code, through: through, isDone: step.isDone, transaction)
      }
      if step.isDone { return }
    }
  }

  private func payWinners(of code: String, after place: Int64) async throws -> (through: Int64, isDone: Bool) {
    let (winners, draw) = try await environment.database.read { snapshot in
      (try DrawStore.winners(of: code, after: place, limit: Self.batch, snapshot), try DrawStore.find(code, snapshot))
    }
    guard let draw else { throw LedgerFault("a draw vanished") }
    for winner in winners where draw.prizes[winner.prize].points > 0 {
      try await write(winner.memberID) { member in
        try member.receive(draw.prizes[winner.prize].points, wonIn: code, place: winner.place)
      }
    }
    return (winners.last?.place ?? place, winners.count < Self.batch)
  }

  private func giveBack(_ code: String, after number: Int64) async throws -> (through: Int64, isDone: Bool) {
    let purchases = try await environment.database.read { snapshot in
      try TicketStore.list(of: code, after: number, limit: Self.batch, snapshot)
    }
    for purchase in purchases {
      try await write(purchase.memberID) { member in try member.giveBack(purchase) }
    }
    return (purchases.last?.firstNumber ?? number, purchases.count < Self.batch)
  }

  private func write(_ memberID: String, _ change: @escaping @Sendable (inout MemberLedger) throws -> Void) async throws {
    let (now, ids) = (environment.clock.now(), MovementIDs(from: environment.ids.next("ent")))
    try await environment.database.write(locking: LoyaltyLocks.member) { transaction in
      var member = try MemberLedger.open(memberID, at: now, ids: ids, transaction)
      try change(&member)
      try member.closeQuietly()
    }
  }
}
