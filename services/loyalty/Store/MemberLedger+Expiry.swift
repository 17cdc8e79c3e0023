internal import Database
internal import Foundation

extension MemberLedger {
  /// Posts the expiry of every lot whose last instant has passed, each as a line of its own. Readers have left these points out
  /// since that instant; this only writes down what was already so.
  mutating func postLapsedLots() throws {
    for lot in try LotStore.lapsed(of: memberID, at: instant, transaction) {
      var expiry = entry(
        .expire, id: ids.nextEntry(), origin: .programme(ruleVersion: lot.ruleVersion), reason: "expired", effectiveAt: lot.expiresAt)
      expiry.move(lot.remaining, from: .memberPoints, lot.lotID, to: .programmeExpired, lot.lotID)
      try LotStore.apply(LotStore.Change(remaining: -lot.remaining, expired: lot.remaining), to: lot.lotID, transaction)
      try post(expiry)
      try announceExpiry(of: lot, entryID: expiry.entryID)
    }
  }
}
