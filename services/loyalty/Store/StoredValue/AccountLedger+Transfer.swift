internal import Database
internal import Foundation

extension AccountLedger {
  /// Moves all that is not held to another account, lot by lot, each with the store that sold it. A card that was never sold becomes the
  /// replacement of the one that it is filled from: named and ending as that one.
  static func transfer(
    from sourceID: String, to targetID: String, reference: String, reason: String, origin: LedgerOrigin, at instant: Date,
    ids: MovementIDs, _ transaction: Transaction
  ) throws -> ValueParts {
    // In one order whoever transfers, so that two transfers across never wait for each other.
    for accountID in [sourceID, targetID].sorted() where try ValueAccountStore.take(accountID, transaction) == nil {
      throw StoredValueRefusal.accountUnknown
    }
    var source = try open(sourceID, at: instant, ids: ids, transaction)
    let moved = source.account
    guard moved.state == .active || moved.state == .blocked else { throw StoredValueRefusal.accountState(moved.state) }
    guard !moved.parts.isNothing else { throw StoredValueRefusal.nothingToTransfer }
    let lots = try ValueLotStore.remaining(of: sourceID, transaction)
    guard try ValueAccountStore.take(moved.parts, of: sourceID, transaction) else { throw try source.insufficient() }
    var out = source.entry(.transferOut, subject: reference, origin: origin, reference: reference, reason: reason)
    out.move(try source.drawLots(moved.parts), from: .customer, to: .transferred)
    try source.post(out)

    _ = try ValueAccountStore.activate(targetID, for: moved.memberID, until: moved.expiresAt, transaction)
    var target = try open(targetID, at: instant, ids: source.ids, transaction)
    try target.require(currencyCode: moved.currencyCode)
    try target.take(moved.parts, in: lots, reference: reference, reason: reason, origin: origin)
    return moved.parts
  }

  private mutating func take(
    _ parts: ValueParts, in lots: [ValueLot], reference: String, reason: String, origin: LedgerOrigin
  ) throws {
    try bring(parts)
    var entry = entry(.transferIn, subject: reference, origin: origin, reference: reference, reason: reason)
    for lot in lots {
      let own = try newLot(lot.parts, storeID: lot.storeID, soldAt: lot.soldAt)
      entry.move(own.parts, of: own.lotID, from: .transferred, to: .customer)
    }
    try post(entry)
  }
}
