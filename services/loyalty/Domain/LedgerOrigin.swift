/// Who moved the points, where, for which order or return, by which rule version.
struct LedgerOrigin: Equatable, Sendable {
  var clientID: String
  var staffID: String
  var storeID: String
  var orderID: String
  var returnID: String
  /// 0 where no rule was applied.
  var ruleVersion: Int64
  /// Of points from one member to another.
  var transferID: String

  init(
    clientID: String = "", staffID: String = "", storeID: String = "", orderID: String = "", returnID: String = "",
    ruleVersion: Int64 = 0, transferID: String = ""
  ) {
    self.clientID = clientID
    self.staffID = staffID
    self.storeID = storeID
    self.orderID = orderID
    self.returnID = returnID
    self.ruleVersion = ruleVersion
    self.transferID = transferID
  }

  /// The programme itself: what expires by the clock, with nobody asking.
  static func programme(ruleVersion: Int64) -> LedgerOrigin {
    LedgerOrigin(clientID: "loyalty", ruleVersion: ruleVersion)
  }

  /// As the statement names it.
  var actor: String {
    staffID.isEmpty ? clientID : "\(clientID)/\(staffID)"
  }
}
