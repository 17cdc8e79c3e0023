internal import Foundation

/// Where value moves between. The customer's side is one account; the others are sums over entries, and no row is shared by all.
enum ValueLedger: String, Sendable, CaseIterable {
  /// What the retailer owes.
  case customer
  /// Below 0 by what was sold: principal for the customers' money, bonus on top of it.
  case sold
  /// Below 0 by what another system had sold.
  case imported
  case redeemed
  /// What went back to how it was paid.
  case refunded
  /// 0 over both accounts of each transfer.
  case transferred
  case adjusted
  /// Breakage.
  case expired
}

/// One movement of an account's value: a set of entries that sums to zero in principal and in bonus, and a line of the statement.
///
/// Entries come about by `move` only, which writes both sides, so an unbalanced transaction cannot be built.
struct ValueTransaction: Equatable, Sendable {
  enum Kind: String, Sendable, CaseIterable {
    case topUp = "top_up"
    /// Taken over from another system.
    case `import`
    case spend
    /// A return gave spent value back.
    case spendReversal = "spend_reversal"
    /// A top-up went back to how it was paid.
    case refund
    case transferOut = "transfer_out"
    case transferIn = "transfer_in"
    case adjust
    case expire
  }

  struct Entry: Equatable, Sendable {
    let ledger: ValueLedger
    let lotID: String
    fileprivate(set) var parts: ValueParts
  }

  /// "ent_…".
  let entryID: String
  let kind: Kind
  /// What may happen once: with `kind` it is unique in an account. The order or the return; the entry's own id where a reference guards it.
  let subject: String
  /// Its `ruleVersion` is the policy's.
  let origin: LedgerOrigin
  /// What the store calls it.
  let reference: String
  let reason: String
  let postedAt: Date
  /// Before `postedAt` for an expiry.
  let effectiveAt: Date
  private(set) var entries: [Entry] = []

  init(
    entryID: String, kind: Kind, subject: String? = nil, origin: LedgerOrigin, reference: String = "", reason: String = "", postedAt: Date,
    effectiveAt: Date? = nil
  ) {
    self.entryID = entryID
    self.kind = kind
    self.subject = subject ?? entryID
    self.origin = origin
    self.reference = reference
    self.reason = reason
    self.postedAt = postedAt
    self.effectiveAt = effectiveAt ?? postedAt
  }

  /// Moves parts of a lot between two sides. Nothing is written for nothing.
  mutating func move(_ parts: ValueParts, of lotID: String, from source: ValueLedger, to target: ValueLedger) {
    guard !parts.isNothing else { return }
    add(-parts, of: lotID, to: source)
    add(parts, of: lotID, to: target)
  }

  mutating func move(_ draws: [ValueDraw], from source: ValueLedger, to target: ValueLedger) {
    for draw in draws { move(draw.parts, of: draw.lotID, from: source, to: target) }
  }

  private mutating func add(_ parts: ValueParts, of lotID: String, to ledger: ValueLedger) {
    if let index = entries.firstIndex(where: { $0.ledger == ledger && $0.lotID == lotID }) {
      entries[index].parts += parts
    } else {
      entries.append(Entry(ledger: ledger, lotID: lotID, parts: parts))
    }
  }

  /// What the statement shows: what it added to the account.
  var parts: ValueParts { entries.reduce(.nothing) { $1.ledger == .customer ? $0 + $1.parts : $0 } }
}
