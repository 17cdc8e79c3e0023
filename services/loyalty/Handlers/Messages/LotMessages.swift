internal import Foundation
internal import GoogleProto
internal import PatronAPI

enum LotMessages {
  /// Past its expiry nothing remains of a lot, posted or not; what is held lives on.
  static func message(_ lot: Lot, of memberID: String, at instant: Date) -> LoyaltyV1.Lot {
    LoyaltyV1.Lot(
      lotID: lot.lotID, memberID: memberID, earnedPoints: lot.points,
      remainingPoints: lot.state(at: instant) == .expired ? 0 : lot.remaining, heldPoints: lot.held,
      earnTime: GoogleProtobuf.Timestamp(lot.earnedAt), activateTime: GoogleProtobuf.Timestamp(lot.activatesAt),
      expireTime: expireTime(lot.expiresAt), source: source(of: lot), orderID: lot.orderID, ruleVersion: lot.ruleVersion,
      sourceLotID: lot.sourceLotID, transferID: lot.transferID)
  }

  /// Where its points came from, in a word.
  static func source(of lot: Lot) -> String {
    if lot.action != nil { return "action" }
    if !lot.drawCode.isEmpty { return "prize" }
    if !lot.transferID.isEmpty { return "transfer" }
    return lot.sourceLotID.isEmpty ? lot.source.rawValue : "reinstatement"
  }

  /// Absent for a lot without an end.
  static func expireTime(_ expiresAt: Date) -> GoogleProtobuf.Timestamp? {
    expiresAt == ProgramCalendar.never ? nil : GoogleProtobuf.Timestamp(expiresAt)
  }
}
