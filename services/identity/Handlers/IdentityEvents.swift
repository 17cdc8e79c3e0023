import Database
import Foundation
import PatronAPI

/// Identity's facts for the event feed. They carry ids and names of fields, never personal data.
enum IdentityEvents {
  static func enrolled(memberID: String, homeStoreID: String, eventID: String, at time: Date) -> OutboxEvent {
    member(
      memberID, "identity.member_enrolled.v1", eventID, time,
      IdentityV1.MemberEnrolled(memberID: memberID, homeStoreID: homeStoreID).encoded())
  }

  static func updated(memberID: String, fields: Set<MemberField>, eventID: String, at time: Date) -> OutboxEvent {
    member(
      memberID, "identity.member_updated.v1", eventID, time,
      IdentityV1.MemberUpdated(memberID: memberID, fields: fields.map(\.rawValue).sorted()).encoded())
  }

  static func cardReplaced(memberID: String, eventID: String, at time: Date) -> OutboxEvent {
    member(memberID, "identity.card_replaced.v1", eventID, time, IdentityV1.CardReplaced(memberID: memberID).encoded())
  }

  static func erased(memberID: String, clientID: String, staffID: String, eventID: String, at time: Date) -> OutboxEvent {
    member(
      memberID, "identity.member_erased.v1", eventID, time,
      IdentityV1.MemberErased(memberID: memberID, clientID: clientID, staffID: staffID).encoded())
  }

  private static func member(_ memberID: String, _ type: String, _ eventID: String, _ time: Date, _ payload: [UInt8]) -> OutboxEvent {
    OutboxEvent(id: eventID, type: type, aggregateType: "member", aggregateID: memberID, time: time, payload: payload)
  }
}
