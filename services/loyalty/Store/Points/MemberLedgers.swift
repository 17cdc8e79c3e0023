internal import Database
internal import Foundation

/// One write of several members, whose rows are taken in the order of their ids: two such writes never wait for each other in a circle, and
/// neither does one of one member.
struct MemberLedgers {
  private var ledgers: [String: MemberLedger] = [:]

  static func open(_ memberIDs: Set<String>, at instant: Date, ids: MovementIDs, _ transaction: Transaction) throws -> MemberLedgers {
    var opened = MemberLedgers()
    for (number, memberID) in memberIDs.sorted().enumerated() {
      opened.ledgers[memberID] = try MemberLedger.open(memberID, at: instant, ids: ids.branch(number), transaction)
    }
    return opened
  }

  mutating func with<Result>(_ memberID: String, _ body: (inout MemberLedger) throws -> Result) throws -> Result {
    guard var ledger = ledgers[memberID] else { throw LedgerFault("a member's row was not taken") }
    defer { ledgers[memberID] = ledger }
    return try body(&ledger)
  }

  /// Takes one out, to go on with it alone.
  mutating func remove(_ memberID: String) throws -> MemberLedger {
    guard let ledger = ledgers.removeValue(forKey: memberID) else { throw LedgerFault("a member's row was not taken") }
    return ledger
  }

  /// Writes the rows of all that are left, none of whose tiers can have changed.
  mutating func closeQuietly() throws {
    for memberID in ledgers.keys.sorted() { try with(memberID) { try $0.closeQuietly() } }
  }

  // MARK: Back through a transfer

  /// Moves what `link` says from the receiver's lot back into the sender's: a line of either statement.
  ///
  /// - Parameter cause: the return, or the reversal: with the lot it names the lines, so each link goes back once for it.
  mutating func bringBack(_ link: LotFamily.Link, cause: String, reason: String, origin: LedgerOrigin) throws {
    var origin = origin
    origin.transferID = link.transferID
    try with(link.memberID) { receiver in
      let change = LotStore.Change(remaining: -link.points, expired: -link.expired)
      try receiver.bringBack(link, of: link.lotID, change, subject: "\(cause):\(link.lotID):out", reason: reason, origin: origin)
    }
    try with(link.parentMemberID) { sender in
      let change = LotStore.Change(remaining: link.points, expired: link.expired)
      try sender.bringBack(link, of: link.parentLotID, change, subject: "\(cause):\(link.lotID):in", reason: reason, origin: origin)
    }
  }
}
