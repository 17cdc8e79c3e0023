internal import Database
internal import Foundation

extension MemberLedger {
  /// Lets one lot, or all that would end sooner, live to `end`: each with a line of the statement. The lots as they are then.
  mutating func extend(
    lot lotID: String?, to end: Date, reason: String, origin: LedgerOrigin, by gate: AdjustmentGate
  ) throws -> Adjusted {
    let lots = try lotID.map { [try lotToExtend($0, to: end)] } ?? LotStore.endingBefore(end, of: memberID, at: instant, transaction)
    guard !lots.isEmpty else { throw PointsRefusal.nothingToExtend }
    try admit(lots.reduce(0) { $0 + $1.remaining + $1.held }, by: gate)
    var (extended, firstEntryID) = ([Lot](), "")
    for lot in lots {
      var origin = origin
      origin.ruleVersion = lot.ruleVersion
      let line = entry(.extension, id: ids.nextEntry(), origin: origin, reason: reason)
      try LotExtensionStore.extend(lot, of: memberID, to: end, as: line.entryID, transaction)
      try post(line)
      if firstEntryID.isEmpty { firstEntryID = line.entryID }
      try announceExtension(of: lot, to: end, entryID: line.entryID, reason: reason)
      var lot = lot
      lot.expiresAt = end
      extended.append(lot)
    }
    return Adjusted(entryID: firstEntryID, lots: extended, balance: try close())
  }

  private func lotToExtend(_ lotID: String, to end: Date) throws -> Lot {
    guard let lot = try LotStore.find(lotID, of: memberID, transaction) else { throw PointsRefusal.lotUnknown }
    guard lot.expiresAt > instant else { throw PointsRefusal.lotExpired }
    guard lot.expiresAt < end else { throw PointsRefusal.lotEndsLater }
    guard lot.remaining + lot.held > 0 else { throw PointsRefusal.nothingToExtend }
    return lot
  }

  /// Gives back what expired of a lot, or a part of it: a lot of its own, active at once. A debt is repaid out of it first.
  mutating func reinstate(
    _ points: Int64?, of lotID: String, until end: Date, reason: String, origin: LedgerOrigin, by gate: AdjustmentGate
  ) throws -> Adjusted {
    guard let expired = try LotStore.find(lotID, of: memberID, transaction) else { throw PointsRefusal.lotUnknown }
    let points = points ?? expired.expired
    guard points > 0, points <= expired.expired else { throw PointsRefusal.reinstatementExceedsExpired(expired: expired.expired) }
    try admit(points, by: gate)
    var origin = origin
    origin.ruleVersion = expired.ruleVersion
    var line = entry(.reinstatement, id: ids.nextEntry(), origin: origin, reason: reason)
    var lot = newLot(.adjustment, orderID: "", points: points, ruleVersion: expired.ruleVersion, activatesAt: instant, expiresAt: end)
    lot.sourceLotID = expired.lotID
    try LotStore.insert(lot, of: memberID, transaction)
    try LotStore.apply(LotStore.Change(expired: -points), to: expired.lotID, transaction)
    line.move(points, from: .programmeExpired, expired.lotID, to: .memberPoints, lot.lotID)
    try post(line)
    try repayDebt(subject: line.entryID, origin: origin)
    try announceReinstatement(lot, entryID: line.entryID, reason: reason)
    return Adjusted(entryID: line.entryID, lots: [lot], balance: try close())
  }
}
