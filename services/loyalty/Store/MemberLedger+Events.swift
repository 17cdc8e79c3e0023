internal import Database
internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ProtobufC

/// What a write makes known, in its own transaction, in the member's order.
extension MemberLedger {
  mutating func announceEarn(of hold: OrderHold, lot: Lot?, entryID: String) throws {
    try announce(
      "loyalty.points_earned.v1",
      LoyaltyV1.PointsEarned(
        memberID: memberID, orderID: hold.orderID, storeID: hold.terms.storeID, entryID: entryID, points: hold.terms.earnPoints,
        growthValue: hold.terms.growthValue, ruleVersion: hold.terms.ruleVersion,
        expireTime: lot.flatMap { LotMessages.expireTime($0.expiresAt) }))
  }

  mutating func announceAward(_ awarded: AwardedActionStore.Awarded, _ lot: Lot, storeID: String) throws {
    try announce(
      "loyalty.action_awarded.v1",
      LoyaltyV1.ActionAwarded(
        memberID: memberID, action: LoyaltyV1.EarnAction(awarded.action), actionID: awarded.actionID, storeID: storeID,
        entryID: awarded.entryID, points: awarded.points, ruleVersion: awarded.ruleVersion,
        expireTime: LotMessages.expireTime(lot.expiresAt)))
  }

  mutating func announceSpend(of hold: OrderHold, entryID: String) throws {
    try announce(
      "loyalty.points_spent.v1",
      LoyaltyV1.PointsSpent(
        memberID: memberID, orderID: hold.orderID, storeID: hold.terms.storeID, entryID: entryID, points: hold.terms.spendPoints))
  }

  mutating func announceReversal(_ reversal: OrderReversal) throws {
    try announce(
      "loyalty.points_reversed.v1",
      LoyaltyV1.PointsReversed(
        memberID: memberID, orderID: reversal.terms.orderID, returnID: reversal.returnID, pointsTakenBack: reversal.pointsTakenBack,
        pointsGivenBack: reversal.pointsGivenBack, debtPoints: reversal.debt, growthValue: reversal.growthTakenBack))
  }

  mutating func announceAdjustment(entryID: String, points: Int64, reason: String) throws {
    try announce(
      "loyalty.points_adjusted.v1",
      LoyaltyV1.PointsAdjusted(memberID: memberID, entryID: entryID, points: points, reason: reason))
  }

  mutating func announceExpiry(of lot: Lot, entryID: String) throws {
    try announce(
      "loyalty.points_expired.v1",
      LoyaltyV1.PointsExpired(
        memberID: memberID, lotID: lot.lotID, entryID: entryID, points: lot.remaining,
        expireTime: GoogleProtobuf.Timestamp(lot.expiresAt)))
  }

  mutating func announceSent(_ transfer: PointTransfer) throws {
    try announce(
      "loyalty.points_transferred.v1", LoyaltyV1.PointsTransferred(memberID: memberID, transfer: LoyaltyV1.PointTransfer(transfer)))
  }

  mutating func announceReceived(_ transfer: PointTransfer, firstEnd: Date?) throws {
    try announce(
      "loyalty.points_received.v1",
      LoyaltyV1.PointsReceived(
        memberID: memberID, transfer: LoyaltyV1.PointTransfer(transfer), firstExpireTime: firstEnd.flatMap(LotMessages.expireTime)))
  }

  mutating func announceTransferReversal(_ line: LedgerTransaction) throws {
    try announce(
      "loyalty.transfer_reversed.v1",
      LoyaltyV1.TransferReversed(
        memberID: memberID, transferID: line.origin.transferID, entryID: line.entryID, points: line.points, returnID: line.origin.returnID,
        reason: line.reason))
  }

  mutating func announceExtension(of lot: Lot, to end: Date, entryID: String, reason: String) throws {
    try announce(
      "loyalty.points_extended.v1",
      LoyaltyV1.PointsExtended(
        memberID: memberID, lotID: lot.lotID, entryID: entryID, points: lot.remaining + lot.held,
        previousExpireTime: GoogleProtobuf.Timestamp(lot.expiresAt), expireTime: GoogleProtobuf.Timestamp(end), reason: reason))
  }

  mutating func announceReinstatement(_ lot: Lot, entryID: String, reason: String) throws {
    try announce(
      "loyalty.points_reinstated.v1",
      LoyaltyV1.PointsReinstated(
        memberID: memberID, lotID: lot.lotID, entryID: entryID, points: lot.points, expiredLotID: lot.sourceLotID,
        expireTime: GoogleProtobuf.Timestamp(lot.expiresAt), reason: reason))
  }

  mutating func announceTier(of balance: Balance) throws {
    try announce(
      "loyalty.tier_changed.v1",
      LoyaltyV1.TierChanged(
        memberID: memberID, previousTierCode: account.announcedTierCode, tierCode: balance.tier.tier.code,
        schemeVersion: program.scheme.version, growthValue: balance.growthValue))
  }

  mutating func announce(_ entry: LedgerTransaction, of drawCode: String) throws {
    try announce(
      "loyalty.draw_points_moved.v1",
      LoyaltyV1.DrawPointsMoved(
        memberID: memberID, drawCode: drawCode, entryID: entry.entryID, kind: LoyaltyV1.EntryKind(entry.kind), points: entry.points))
  }

  mutating func announce(_ redemption: Redemption) throws {
    try announce(
      "loyalty.redemption_changed.v1",
      LoyaltyV1.RedemptionChanged(memberID: memberID, redemption: LoyaltyV1.Redemption(redemption, at: instant)))
  }

  mutating func announce(granted grant: TierGrant) throws {
    try announce("loyalty.tier_granted.v1", LoyaltyV1.TierGranted(memberID: memberID, grant: LoyaltyV1.TierGrant(grant)))
  }

  mutating func announce(revoked grant: TierGrant) throws {
    try announce("loyalty.tier_grant_revoked.v1", LoyaltyV1.TierGrantRevoked(memberID: memberID, grant: LoyaltyV1.TierGrant(grant)))
  }

  private mutating func announce(_ type: String, _ payload: some ProtobufMessage) throws {
    try transaction.append(
      OutboxEvent(
        id: ids.nextEvent(), type: type, aggregateType: "member", aggregateID: memberID, time: instant, payload: payload.encoded()))
  }
}
