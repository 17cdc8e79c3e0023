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
    return Balance(
      memberID: account.memberID, spendable: account.points - lapsed - pending, pending: pending, held: account.held,
      debt: account.debt, tier: try TierReader.standing(of: account, at: instant, by: program, reader), asOf: instant,
      lifetimeEarned: account.lifetimeEarned, lifetimeSpent: account.lifetimeSpent)
  }
}
