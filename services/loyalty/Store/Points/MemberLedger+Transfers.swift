internal import Database
internal import Foundation

extension MemberLedger {
  /// The sender's side: the lots that end first give the points, those after them the fee. Which lots gave what to the receiver.
  mutating func send(_ transfer: inout PointTransfer, by policy: TransferPolicy) throws -> [(lot: Lot, points: Int64)] {
    let due = transfer.points + transfer.fee
    let spendable = try LotStore.spendable(of: memberID, at: instant, transaction)
    let sendable = policy.receivedMayBeSentOn ? spendable : spendable.filter(\.transferID.isEmpty)
    let (draws, missing) = LotDraw.draw(due, from: sendable.map { ($0.lotID, $0.remaining) })
    if missing > 0 && spendable.reduce(0, { $0 + $1.remaining }) >= due {
      throw PointsRefusal.receivedPointsStay(sendable: due - missing)
    }
    try takeSpendable(due)
    guard missing == 0 else { throw LedgerFault("the lots hold less than the member's row") }

    var out = entry(.transferOut, subject: "\(transfer.transferID):out", id: ids.nextEntry(), origin: transfer.origin)
    var fee = entry(.transferFee, subject: "\(transfer.transferID):fee", id: ids.nextEntry(), origin: transfer.origin)
    var sent: [(lot: Lot, points: Int64)] = []
    var left = transfer.points
    for (lot, draw) in zip(sendable, draws) {
      let points = min(left, draw.points)
      left -= points
      out.move(points, from: .memberPoints, draw.lotID, to: .programmeAdjusted)
      fee.move(draw.points - points, from: .memberPoints, draw.lotID, to: .programmeAdjusted)
      try LotStore.apply(LotStore.Change(remaining: -draw.points), to: draw.lotID, transaction)
      if points > 0 { sent.append((lot, points)) }
    }
    try post(out, alreadyTaken: transfer.points)
    transfer.number = account.lastNumber
    if transfer.fee > 0 { try post(fee, alreadyTaken: transfer.fee) }
    return sent
  }

  /// The receiver's side: a lot for each that gave, which ends and was earned when that one did. A debt is repaid first.
  mutating func receive(_ transfer: PointTransfer, _ sent: [(lot: Lot, points: Int64)]) throws {
    var into = entry(.transferIn, subject: "\(transfer.transferID):in", id: ids.nextEntry(), origin: transfer.origin)
    for (source, points) in sent {
      var lot = source
      (lot.lotID, lot.source, lot.action) = (ids.nextLot(), .adjustment, nil)
      (lot.points, lot.remaining, lot.held, lot.expired) = (points, points, 0, 0)
      (lot.sourceLotID, lot.transferID) = (source.lotID, transfer.transferID)
      try LotStore.insert(lot, of: memberID, transaction)
      into.move(points, from: .programmeAdjusted, to: .memberPoints, lot.lotID)
    }
    try post(into)
    try repayDebt(subject: transfer.transferID, origin: transfer.origin)
    try announceReceived(transfer, firstEnd: sent.map(\.lot.expiresAt).min())
  }

  /// One side of points that go back through a transfer: `change` is what it does to this member's lot.
  mutating func bringBack(
    _ link: LotFamily.Link, of lotID: String, _ change: LotStore.Change, subject: String, reason: String, origin: LedgerOrigin
  ) throws {
    var line = entry(.transferReversal, subject: subject, id: ids.nextEntry(), origin: origin, reason: reason)
    line.move(change.remaining, from: .programmeAdjusted, to: .memberPoints, lotID)
    line.move(change.expired, from: .programmeAdjusted, to: .programmeExpired, lotID)
    try LotStore.apply(change, to: lotID, transaction)
    try post(line)
    try announceTransferReversal(line)
  }
}

extension MemberLedgers {
  /// Moves points between two members whose rows are taken, within the limits of the policy in force.
  mutating func transfer(_ asked: PointTransfer, expectedFee: Int64?, at instant: Date, _ transaction: Transaction) throws {
    let policy = try PointsPolicyStore.inForce(transaction)
    var transfer = asked
    (transfer.fee, transfer.policyVersion) = (policy.transfers.fee(of: asked.points), policy.version)
    let calendar = try with(asked.fromMemberID) { $0.program.rule.calendar }
    let today = calendar.civilDay(of: instant)
    let use = try PointTransferStore.use(
      from: asked.fromMemberID, to: asked.toMemberID, day: calendar.start(of: today),
      month: calendar.start(of: CivilDay(year: today.year, month: today.month, day: 1)), transaction)
    try policy.transfers.check(asked.points, after: use)
    if let expectedFee, expectedFee != transfer.fee { throw PointsRefusal.feeChanged(fee: transfer.fee) }
    let sent = try with(asked.fromMemberID) { try $0.send(&transfer, by: policy.transfers) }
    try PointTransferStore.insert(transfer, transaction)
    try with(asked.fromMemberID) { try $0.announceSent(transfer) }
    try with(asked.toMemberID) { try $0.receive(transfer, sent) }
  }

  /// Brings back what the receiver's lots of a transfer still have, unless that was done before.
  static func reverse(
    _ known: PointTransfer, _ reversal: PointTransfer.Reversal, ids: MovementIDs, _ transaction: Transaction
  ) throws {
    var members = try open([known.fromMemberID, known.toMemberID], at: reversal.at, ids: ids, transaction)
    let lots = try PointTransferStore.lots(of: known.transferID, transaction).filter { $0.remaining > 0 }
    let points = lots.reduce(0) { $0 + $1.remaining }
    guard try PointTransferStore.reverse(known.transferID, points: points, reversal, transaction) else {
      return try members.closeQuietly()
    }
    let cause = "reversal:\(known.transferID)"
    for lot in lots {
      let link = LotFamily.Link(
        lotID: lot.lotID, memberID: known.toMemberID, parentLotID: lot.sourceLotID, parentMemberID: known.fromMemberID,
        transferID: known.transferID, points: lot.remaining, expired: 0)
      try members.bringBack(link, cause: cause, reason: reversal.reason, origin: reversal.origin)
    }
    var origin = reversal.origin
    origin.transferID = known.transferID
    try members.with(known.fromMemberID) { sender in
      // A lot that has ended meanwhile lapses with what came back to it.
      try sender.postLapsedLots()
      try sender.repayDebt(subject: cause, origin: origin)
    }
    try members.closeQuietly()
  }
}
