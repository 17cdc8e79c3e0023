internal import Database
internal import Foundation

/// Rules by which points end when a member has ordered nothing for a while. What a lot has is prolonged by each order, so that every reader
/// finds its end where that of any other lot stands.
extension MemberLedger {
  /// An order lets what is alive live on.
  mutating func prolongLots() throws {
    countOrder()
    guard program.hasInactivityRules else { return }
    for rule in try ProgramStore.inactivityRules(transaction) {
      try LotStore.prolong(of: memberID, by: rule.version, to: rule.expiry(of: instant), at: instant, transaction)
    }
  }

  /// Lots that an order had emptied were not prolonged by those after it. Before a return gives them points back, they end where they would.
  func prolongLots(drawnBy spender: PointSpender) throws {
    guard program.hasInactivityRules, let lastOrderAt = account.lastOrderAt else { return }
    for rule in try ProgramStore.inactivityRules(transaction) {
      try LotStore.prolong(drawnBy: spender, by: rule.version, to: rule.expiry(of: lastOrderAt), transaction)
    }
  }
}
