internal import Foundation
internal import GoogleProto
internal import PatronAPI
internal import ServiceKit

extension LoyaltyV1.PointTransfer {
  init(_ transfer: PointTransfer) {
    self.init(
      transferID: transfer.transferID, reference: transfer.reference, fromMemberID: transfer.fromMemberID,
      toMemberID: transfer.toMemberID, kind: LoyaltyV1.TransferKind(transfer.kind), points: transfer.points, feePoints: transfer.fee,
      messageKey: transfer.messageKey, storeID: transfer.origin.storeID, actor: transfer.origin.actor,
      policyVersion: transfer.policyVersion, createTime: GoogleProtobuf.Timestamp(transfer.createdAt),
      reversedPoints: transfer.reversedPoints, takenBackPoints: transfer.takenBackPoints,
      reverseTime: transfer.reversal.map { GoogleProtobuf.Timestamp($0.at) }, reverseReason: transfer.reversal?.reason ?? "",
      reverseActor: transfer.reversal?.origin.actor ?? "")
  }
}

extension LoyaltyV1.TransferKind {
  init(_ kind: PointTransfer.Kind) {
    self =
      switch kind {
      case .transfer: .transfer
      case .gift: .gift
      }
  }
}

extension PointTransfer.Kind {
  /// Nil for one that is not known.
  init?(_ message: LoyaltyV1.TransferKind) {
    switch message {
    case .transfer: self = .transfer
    case .gift: self = .gift
    default: return nil
    }
  }
}

extension LoyaltyV1.ExpiredLot {
  init(_ lot: Lot) {
    self.init(
      lotID: lot.lotID, expiredPoints: lot.expired, expireTime: GoogleProtobuf.Timestamp(lot.expiresAt),
      source: LotMessages.source(of: lot), orderID: lot.orderID)
  }
}
