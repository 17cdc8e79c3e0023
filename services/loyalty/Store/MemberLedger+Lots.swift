internal import Database
internal import Foundation

extension MemberLedger {
  /// The rule that a hold, and so everything that follows from it, was made under.
  func rule(version: Int64) throws -> EarnRule {
    if version == program.rule.version { return program.rule }
    guard let rule = try ProgramStore.rule(version: version, transaction) else {
      throw LedgerFault("earn rule \(version) is recorded and not published")
    }
    return rule
  }

  mutating func newLot(
    _ source: Lot.Source, orderID: String, points: Int64, ruleVersion: Int64, activatesAt: Date, expiresAt: Date
  ) -> Lot {
    Lot(
      lotID: ids.nextLot(), source: source, orderID: orderID, ruleVersion: ruleVersion, earnedAt: instant, activatesAt: activatesAt,
      expiresAt: expiresAt, points: points, remaining: points, held: 0, expired: 0)
  }
}

extension OrderHold {
  /// Who the order's entries come from.
  var origin: LedgerOrigin {
    LedgerOrigin(
      clientID: terms.clientID, staffID: terms.staffID, storeID: terms.storeID, orderID: orderID, ruleVersion: terms.ruleVersion)
  }
}
