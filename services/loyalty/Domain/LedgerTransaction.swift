internal import Foundation

/// One movement of a member's points or growth value: a set of entries that sums to zero, and a line of the statement.
///
/// Entries come about by `move` only, which writes both sides, so an unbalanced transaction cannot be built.
struct LedgerTransaction: Equatable, Sendable {
  enum Kind: String, Sendable, CaseIterable {
    case earn
    case spend
    case expire
    /// A return took earned points, and growth value, back.
    case earnReversal = "earn_reversal"
    /// A return gave spent points back.
    case spendReversal = "spend_reversal"
    case adjust
    case debtRepayment = "debt_repayment"
    /// A reward was taken.
    case reward
    case rewardReversal = "reward_reversal"
    /// Tickets of a draw were bought.
    case ticket
    /// The draw was called off.
    case ticketReversal = "ticket_reversal"
    /// Points were won in a draw.
    case prize

    // Points between people and by hand: all of them have `programmeAdjusted` on the other side, or move nothing.
    case transferOut = "transfer_out"
    case transferIn = "transfer_in"
    case transferFee = "transfer_fee"
    /// Points went back to who had sent them: a line of either member.
    case transferReversal = "transfer_reversal"
    /// A lot lives longer. Moves nothing.
    case `extension`
    /// Expired points were given back.
    case reinstatement
  }

  struct Entry: Equatable, Sendable {
    let account: LedgerAccount
    /// The lot, on `memberPoints` and on the expiry of its points.
    let lotID: String?
    fileprivate(set) var amount: Int64
  }

  /// "ent_…".
  let entryID: String
  let kind: Kind
  /// What the business says may happen once: with `kind` it is unique in the ledger, so a client that lost its request id
  /// still cannot earn twice. The order or the return; the entry's own id where nothing outside has a name for it.
  let subject: String
  let origin: LedgerOrigin
  let reason: String
  let postedAt: Date
  /// When it took effect; before `postedAt` for an expiry, and for growth value that a return takes out of the order's own time.
  let effectiveAt: Date
  private(set) var entries: [Entry] = []

  init(
    entryID: String, kind: Kind, subject: String, origin: LedgerOrigin, reason: String, postedAt: Date, effectiveAt: Date? = nil
  ) {
    self.entryID = entryID
    self.kind = kind
    self.subject = subject
    self.origin = origin
    self.reason = reason
    self.postedAt = postedAt
    self.effectiveAt = effectiveAt ?? postedAt
  }

  /// Moves `amount` between two accounts of one unit. Nothing is written for 0.
  mutating func move(
    _ amount: Int64, from source: LedgerAccount, _ sourceLot: String? = nil, to target: LedgerAccount, _ targetLot: String? = nil
  ) {
    precondition(source.unit == target.unit, "points and growth value never mix")
    guard amount != 0 else { return }
    add(-amount, to: source, sourceLot)
    add(amount, to: target, targetLot)
  }

  private mutating func add(_ amount: Int64, to account: LedgerAccount, _ lotID: String?) {
    if let index = entries.firstIndex(where: { $0.account == account && $0.lotID == lotID }) {
      entries[index].amount += amount
    } else {
      entries.append(Entry(account: account, lotID: lotID, amount: amount))
    }
  }

  /// What the statement shows: what it added to the member's points, to the debt, to the growth value.
  var points: Int64 { sum(of: .memberPoints) }
  var debt: Int64 { -sum(of: .memberDebt) }
  var growthValue: Int64 { sum(of: .memberGrowth) }

  func sum(of account: LedgerAccount) -> Int64 {
    entries.reduce(0) { $1.account == account ? $0 + $1.amount : $0 }
  }
}
