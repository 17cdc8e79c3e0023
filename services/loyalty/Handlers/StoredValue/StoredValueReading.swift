internal import Database
internal import Foundation
internal import PatronAPI
internal import ServiceKit

/// What requests about stored value have in common, checked field by field.
enum StoredValueReading {
  /// Which account a request means.
  enum AccountKey: Equatable, Sendable {
    case id(String)
    case number(CardNumber)
  }

  static func account(_ message: LoyaltyV1.StoredValueAccountKey?, _ errors: inout FieldErrors) -> AccountKey {
    switch message?.key {
    case .accountID(let id)?:
      errors.require(text: id, "account.account_id", upTo: LoyaltyLimits.maximumIdentifierBytes)
      return .id(id)
    case .cardNumber(let text)?:
      // Whether it is mistyped or of no card is one answer to whoever guesses.
      if let number = CardNumber(text) { return .number(number) }
      errors.add("account.card_number", "is no card's number: letters and digits, with the right last digit")
    case nil:
      errors.add("account", "must be set")
    }
    return .id("")
  }

  static func identifier(_ text: String, _ field: String, _ errors: inout FieldErrors) -> String {
    errors.require(text: text, field, upTo: LoyaltyLimits.maximumIdentifierBytes)
    return text
  }

  static func reason(_ text: String, _ errors: inout FieldErrors) -> String {
    errors.require(text: text, "reason", upTo: LoyaltyLimits.maximumReasonBytes)
    return text
  }

  /// 1 or more.
  static func amount(_ money: TypeV1.Money?, _ errors: inout FieldErrors) -> TypeV1.Money {
    let amount = money ?? TypeV1.Money()
    errors.require(
      CurrencyExponent.isWellFormed(amount.currencyCode), "amount.currency_code", "must be three upper-case letters of ISO 4217")
    errors.require(
      (1...LoyaltyLimits.maximumMinorUnits).contains(amount.minorUnits), "amount.minor_units", "must be 1 or more, \(LoyaltyLimits.range)")
    return amount
  }

  static func payment(_ message: LoyaltyV1.StoredValuePayment?, _ errors: inout FieldErrors) -> TopUpStore.Payment {
    let payment = message ?? LoyaltyV1.StoredValuePayment()
    errors.require([.cash, .card, .voucher].contains(payment.kind), "payment.kind", "must be CASH, CARD or VOUCHER")
    errors.require(
      optionalText: payment.externalReference, "payment.external_reference", upTo: StoredValueLimits.maximumPaymentReferenceBytes)
    return TopUpStore.Payment(kind: Int64(payment.kind.rawValue), reference: payment.externalReference)
  }

  /// What is added to an account, or taken from it.
  static func parts(_ principal: Int64, _ bonus: Int64, from least: Int64, _ field: String, _ errors: inout FieldErrors) -> ValueParts {
    let range = least...LoyaltyLimits.maximumMinorUnits
    errors.require(range.contains(principal), "\(field)principal", LoyaltyLimits.range)
    errors.require(range.contains(bonus), "\(field)bonus", LoyaltyLimits.range)
    return ValueParts(principal: principal, bonus: bonus)
  }

  /// A day of the calendar; nil when there is none such.
  static func day(_ date: TypeV1.Date) -> CivilDay? {
    let day = CivilDay(year: Int(date.year), month: Int(date.month), day: Int(date.day))
    guard (1970...9999).contains(day.year), (1...12).contains(day.month),
      (1...CivilDay.daysIn(month: day.month, of: day.year)).contains(day.day)
    else { return nil }
    return day
  }
}
