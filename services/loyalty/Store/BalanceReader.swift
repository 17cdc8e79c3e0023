internal import Database
internal import Foundation

/// A member's standing, computed at the moment of reading: what expired, what is still pending and what the tier is depend on the
/// instant and are stored nowhere.
enum BalanceReader {
  static func balance(of memberID: String, at instant: Date, _ reader: some Queryable) throws -> Balance {
    let account = try MemberAccountStore.find(memberID, reader) ?? .empty(memberID)
    return try balance(of: account, at: instant, by: try ProgramStore.inForce(reader), reader)
  }

  static func balance(of account: MemberAccount, at instant: Date, by program: Program, _ reader: some Queryable) throws -> Balance {
    let (lapsed, pending) = try MemberAccountStore.unspendable(account.memberID, at: instant, reader)
    let freed = try FreedPoints.of(account, at: instant, reader)
    return Balance(
      memberID: account.memberID, spendable: account.points - lapsed - pending + freed.spendable, pending: pending,
      held: account.held - freed.held, debt: account.debt - freed.repaid,
      tier: try TierReader.standing(of: account, at: instant, by: program, reader), asOf: instant,
      lifetimeEarned: account.lifetimeEarned, lifetimeSpent: account.lifetimeSpent)
  }
}

/// What a member's holds that have run out, and are not written down as such, leave: what is alive of it repays a debt first, as it will when
/// it is written down.
private struct FreedPoints {
  var held: Int64 = 0
  var repaid: Int64 = 0
  var spendable: Int64 = 0

  static func of(_ account: MemberAccount, at instant: Date, _ reader: some Queryable) throws -> FreedPoints {
    guard account.held > 0 else { return FreedPoints() }
    let draws = try RedemptionStore.lapsedDraws(of: account.memberID, at: instant, reader)
    let alive = draws.reduce(0) { $1.expiresAt > instant ? $0 + $1.draw.points : $0 }
    let repaid = min(account.debt, alive)
    return FreedPoints(held: draws.reduce(0) { $0 + $1.draw.points }, repaid: repaid, spendable: alive - repaid)
  }
}
