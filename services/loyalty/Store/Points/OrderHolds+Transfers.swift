internal import Database
internal import Foundation

extension OrderHolds {
  /// Opens the member of an order that is returned, after what the order's own lot lacks for it has come back from those whom its points were
  /// sent to.
  ///
  /// Who they are is read before any member's row is taken, so that all rows are taken in the order of their ids. A transfer that came between
  /// has changed the row of one of them, and the SERIALIZABLE write that a return is runs again.
  static func openForReturn(
    of hold: OrderHold, taking points: Int64, as returnID: String, by caller: LedgerOrigin, at instant: Date, ids: MovementIDs,
    _ transaction: Transaction
  ) throws -> MemberLedger {
    let owner = hold.terms.memberID
    guard points > 0, let known = try LotFamilyStore.family(ofOrder: hold.orderID, of: owner, transaction) else {
      return try MemberLedger.open(owner, at: instant, ids: ids, transaction)
    }
    var members = try MemberLedgers.open(known.memberIDs, at: instant, ids: ids, transaction)
    // Again: what had lapsed by then is expired now.
    if let family = try LotFamilyStore.family(ofOrder: hold.orderID, of: owner, transaction) {
      var origin = hold.origin
      (origin.clientID, origin.staffID, origin.returnID) = (caller.clientID, caller.staffID, returnID)
      for link in family.links(findingUpTo: family.missing(of: points)) {
        try members.bringBack(link, cause: returnID, reason: "the order that earned them was returned", origin: origin)
        try PointTransferStore.addTakenBack(link.points + link.expired, to: link.transferID, transaction)
      }
    }
    let member = try members.remove(owner)
    try members.closeQuietly()
    return member
  }
}
