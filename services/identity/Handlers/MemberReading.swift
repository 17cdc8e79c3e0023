import Foundation
import PatronAPI
import ServiceKit

/// From the contract's messages to the Domain's values: what is wrong is noted field by field.
enum MemberReading {
  static let nameBytesAtMost = 200
  static let idBytesAtMost = 64
  static let consentsAtMost = 32

  static func name(_ text: String, _ field: String, _ errors: inout FieldErrors) -> String {
    let trimmed = text.trimmingCharacters(in: .whitespaces)
    errors.require(optionalText: trimmed, field, upTo: nameBytesAtMost)
    errors.require(!trimmed.unicodeScalars.contains { $0.value < 0x20 || $0.value == 0x7F }, field, "must not hold control characters")
    return trimmed
  }

  static func phone(_ text: String, _ field: String, _ errors: inout FieldErrors) -> PhoneNumber? {
    text.isEmpty ? nil : errors.read(field) { try PhoneNumber(text) }
  }

  static func email(_ text: String, _ field: String, _ errors: inout FieldErrors) -> EmailAddress? {
    text.isEmpty ? nil : errors.read(field) { try EmailAddress(text) }
  }

  static func birthday(_ date: TypeV1.Date?, now: Date, _ field: String, _ errors: inout FieldErrors) -> Birthday? {
    guard let date else { return nil }
    return errors.read(field) {
      try Birthday(year: Int(date.year), month: Int(date.month), day: Int(date.day), today: latestDay(at: now))
    }
  }

  static func demographics(
    _ message: IdentityV1.Demographics?, _ field: String, _ errors: inout FieldErrors
  ) -> MemberProfile.Demographics {
    guard let message else { return MemberProfile.Demographics() }
    let texts = [
      ("age_band", message.ageBand), ("income_band", message.incomeBand), ("home_ownership", message.homeOwnership),
      ("marital_status", message.maritalStatus), ("household_size", message.householdSize),
      ("household_composition", message.householdComposition), ("kids_count", message.kidsCount),
    ]
    for (name, text) in texts {
      errors.require(optionalText: text, "\(field).\(name)", upTo: MemberProfile.Demographics.bytesAtMost)
    }
    return MemberProfile.Demographics(
      ageBand: message.ageBand, incomeBand: message.incomeBand, homeOwnership: message.homeOwnership,
      maritalStatus: message.maritalStatus, householdSize: message.householdSize,
      householdComposition: message.householdComposition, kidsCount: message.kidsCount)
  }

  /// An id of another system or service: text keys are printable ASCII.
  static func identifier(_ text: String, _ field: String, _ errors: inout FieldErrors) -> String {
    errors.require(optionalText: text, field, upTo: idBytesAtMost)
    errors.require(text.utf8.allSatisfy { (0x21...0x7E).contains($0) }, field, "must be printable ASCII without spaces")
    return text
  }

  static func consents(_ messages: [IdentityV1.Consent], _ field: String, _ errors: inout FieldErrors) -> [GivenConsent] {
    guard errors.require(messages.count <= consentsAtMost, field, "at most \(consentsAtMost)") else { return [] }
    let consents = messages.enumerated().compactMap { index, message in
      errors.read("\(field)[\(index)]") {
        try ConsentRules.read(
          purpose: Int(message.purpose.rawValue), channel: Int(message.channel.rawValue), granted: message.granted,
          textVersion: message.textVersion)
      }
    }
    _ = errors.read(field) { try ConsentRules.requireDistinct(consents) }
    return consents
  }

  static func state(_ state: IdentityV1.MemberState, _ field: String, _ errors: inout FieldErrors) -> MemberState {
    let known = MemberState(rawValue: Int(state.rawValue))
    errors.require(known != nil, field, "must be ACTIVE or SUSPENDED")
    return known ?? .suspended
  }

  /// Today where today begins first (UTC+14): a child born this morning there may join everywhere.
  private static func latestDay(at now: Date) -> (year: Int, month: Int, day: Int) {
    var calendar = Calendar(identifier: .gregorian)
    calendar.timeZone = TimeZone(secondsFromGMT: 14 * 3_600) ?? .gmt
    let parts = calendar.dateComponents([.year, .month, .day], from: now)
    return (parts.year ?? 0, parts.month ?? 0, parts.day ?? 0)
  }
}
