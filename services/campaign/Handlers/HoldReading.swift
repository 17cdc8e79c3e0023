import Foundation
import PatronAPI
import ServiceKit

/// From a Hold request to the Domain's hold. The parts of each discount must sum to it: what is quoted, held and charged is one
/// number.
enum HoldReading {
  static func hold(_ request: CampaignV1.HoldRequest, at instant: Date) throws -> Hold {
    var errors = FieldErrors()
    errors.require(text: request.orderID, "order_id", upTo: CampaignLimits.idBytes)
    errors.require(text: request.storeID, "store_id", upTo: CampaignLimits.idBytes)
    errors.require(text: request.clientID, "client_id", upTo: CampaignLimits.idBytes)
    errors.require(optionalText: request.memberID, "member_id", upTo: CampaignLimits.idBytes)
    errors.require(optionalText: request.staffID, "staff_id", upTo: CampaignLimits.idBytes)
    errors.require(TypeV1.Money(0, request.currencyCode).hasWellFormedCurrency, "currency_code", "must be three upper-case letters")
    errors.require(request.occurredTime?.isValid ?? true, "occurred_time", "must be a time of the years 1 to 9999")
    errors.require(
      request.discounts.count <= CampaignLimits.discountsPerOrder, "discounts", "at most \(CampaignLimits.discountsPerOrder)")
    try errors.throwIfAny()
    let uses = self.uses(request.discounts, &errors)
    try errors.throwIfAny()
    let terms = HoldTerms(
      memberID: request.memberID.isEmpty ? nil : request.memberID, storeID: request.storeID, clientID: request.clientID,
      staffID: request.staffID, currencyCode: request.currencyCode, uses: uses)
    return Hold(
      orderID: request.orderID, state: .held, terms: terms, occurredInstant: request.occurredTime?.date, createInstant: instant)
  }

  private static func uses(_ messages: [CampaignV1.AppliedDiscount], _ errors: inout FieldErrors) -> [HeldUse] {
    var sources: Set<UseSource> = []
    var uses: [HeldUse] = []
    for (index, message) in messages.enumerated() {
      let field = "discounts[\(index)]"
      guard let source = source(message) else {
        errors.add(field, "must name a promotion, or a coupon and its template")
        continue
      }
      errors.require(sources.insert(source).inserted, field, "an order uses a promotion or a coupon once")
      errors.require(message.version >= 1, "\(field).version", "must be 1 or more")
      errors.require(
        (1...CampaignLimits.orderMinorUnits).contains(message.amountMinorUnits), "\(field).amount_minor_units",
        "must be 1 to \(CampaignLimits.orderMinorUnits)")
      errors.require(
        partsSum(message) == message.amountMinorUnits, "\(field).lines", "parts of 0 or more must sum to amount_minor_units")
      uses.append(HeldUse(source: source, version: message.version, minorUnits: message.amountMinorUnits))
    }
    return uses
  }

  private static func source(_ message: CampaignV1.AppliedDiscount) -> UseSource? {
    switch message.source {
    case .promotionID(let id) where isID(id): .promotion(id: id)
    case .couponID(let id) where isID(id) && isID(message.templateID): .coupon(id: id, templateID: message.templateID)
    case .promotionID, .couponID, nil: nil
    }
  }

  private static func isID(_ text: String) -> Bool {
    (1...CampaignLimits.idBytes).contains(text.utf8.count)
  }

  /// Nil when a part is negative or the sum leaves 64 bits.
  private static func partsSum(_ message: CampaignV1.AppliedDiscount) -> Int64? {
    var sum: Int64 = 0
    for line in message.lines {
      guard line.amountMinorUnits >= 0 else { return nil }
      let (next, overflow) = sum.addingReportingOverflow(line.amountMinorUnits)
      guard !overflow else { return nil }
      sum = next
    }
    return sum
  }
}
