import PatronAPI
import ServiceKit

/// Tenders and refunds between the contract and the Domain.
enum TenderMessages {
  static func decode(_ messages: [TypeV1.Tender], _ field: String, _ errors: inout FieldErrors) -> [Tender] {
    guard errors.require(messages.count <= Limits.tendersPerOrder, field, "at most \(Limits.tendersPerOrder)") else { return [] }
    return messages.enumerated().compactMap { index, message in decodeOne(message, "\(field)[\(index)]", &errors) }
  }

  /// The one currency of the tenders; nil when there are none.
  static func currency(of messages: [TypeV1.Tender], _ field: String, _ errors: inout FieldErrors) -> String? {
    let codes = Set(messages.flatMap { [$0.amount, $0.tendered, $0.change] }.compactMap { $0?.currencyCode })
    errors.require(codes.count <= 1, field, "must be in one currency")
    return codes.first
  }

  static func encode(_ tender: Tender, _ currencyCode: String) -> TypeV1.Tender {
    TypeV1.Tender(
      kind: kind(tender.kind), amount: TypeV1.Money(tender.amount, currencyCode),
      tendered: tender.tenderedAmount.map { TypeV1.Money($0, currencyCode) }, externalReference: tender.externalReference,
      points: tender.points, change: tender.changeAmount.map { TypeV1.Money($0, currencyCode) })
  }

  private static func decodeOne(_ message: TypeV1.Tender, _ field: String, _ errors: inout FieldErrors) -> Tender? {
    let amount = message.amount?.minorUnits ?? 0
    errors.require((0...Limits.amount).contains(amount), "\(field).amount", "must be 0 to \(Limits.amount)")
    errors.require((0...Limits.amount).contains(message.points), "\(field).points", "must be 0 to \(Limits.amount)")
    errors.require(
      optionalText: message.externalReference, "\(field).external_reference", upTo: Limits.identifierBytes)
    guard let kind = kind(message.kind) else {
      errors.add("\(field).kind", "is no kind")
      return nil
    }
    errors.require(kind == .points || message.points == 0, "\(field).points", "only points pay in points")
    return Tender(
      kind: kind, amount: amount, tenderedAmount: message.tendered?.minorUnits, changeAmount: message.change?.minorUnits,
      externalReference: message.externalReference, points: message.points)
  }

  private static func kind(_ kind: TypeV1.TenderKind) -> Tender.Kind? {
    switch kind {
    case .cash: .cash
    case .card: .card
    case .points: .points
    case .storedValue: .storedValue
    case .voucher: .voucher
    case .unspecified, .unrecognized: nil
    }
  }

  private static func kind(_ kind: Tender.Kind) -> TypeV1.TenderKind {
    switch kind {
    case .cash: .cash
    case .card: .card
    case .points: .points
    case .storedValue: .storedValue
    case .voucher: .voucher
    }
  }
}
