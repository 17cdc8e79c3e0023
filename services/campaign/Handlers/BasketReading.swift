import PatronAPI
import ServiceKit

/// From an Evaluate request to the Domain's basket. Texts for errors are only built for what is wrong: this is on the till's path.
enum BasketReading {
  static func basket(_ request: CampaignV1.EvaluateRequest) throws -> Basket {
    var errors = FieldErrors()
    errors.require(text: request.storeID, "store_id", upTo: CampaignLimits.idBytes)
    errors.require(optionalText: request.memberID, "member_id", upTo: CampaignLimits.idBytes)
    errors.require(TypeV1.Money(0, request.currencyCode).hasWellFormedCurrency, "currency_code", "must be three upper-case letters")
    errors.require(
      request.couponCodes.count <= CampaignLimits.couponsPerBasket, "coupon_codes", "at most \(CampaignLimits.couponsPerBasket)")
    errors.require(request.lines.count <= CampaignLimits.basketLines, "lines", "at most \(CampaignLimits.basketLines)")
    try errors.throwIfAny()
    let lines = self.lines(request.lines, &errors)
    try errors.throwIfAny()
    return Basket(
      storeID: request.storeID, memberID: request.memberID.isEmpty ? nil : request.memberID, currencyCode: request.currencyCode,
      lines: lines)
  }

  private static func lines(_ messages: [CampaignV1.EvaluationLine], _ errors: inout FieldErrors) -> [BasketLine] {
    var numbers: Set<Int32> = []
    var lines: [BasketLine] = []
    lines.reserveCapacity(messages.count)
    for (index, message) in messages.enumerated() {
      if let (field, problem) = problem(of: message) { errors.add("lines[\(index)].\(field)", problem) }
      if !numbers.insert(message.lineNumber).inserted { errors.add("lines[\(index)].line_number", "must not be repeated") }
      lines.append(line(message))
    }
    return lines.sorted { $0.number < $1.number }
  }

  private static func problem(of message: CampaignV1.EvaluationLine) -> (field: String, description: String)? {
    if message.lineNumber < 1 { return ("line_number", "must be 1 or more") }
    if message.amountMinorUnits.magnitude > UInt64(CampaignLimits.lineMinorUnits) {
      return ("amount_minor_units", "must be between -\(CampaignLimits.lineMinorUnits) and \(CampaignLimits.lineMinorUnits)")
    }
    if message.productID.utf8.count > CampaignLimits.idBytes { return ("product_id", "at most \(CampaignLimits.idBytes) bytes") }
    for (field, text) in [("department", message.department), ("category", message.category), ("brand", message.brand)]
    where text.utf8.count > CampaignLimits.attributeBytes {
      return (field, "at most \(CampaignLimits.attributeBytes) bytes")
    }
    switch message.kind {
    case .unspecified, .sale, .adjustment: return nil
    case .unrecognized: return ("kind", "must be SALE or ADJUSTMENT")
    }
  }

  private static func line(_ message: CampaignV1.EvaluationLine) -> BasketLine {
    BasketLine(
      number: message.lineNumber, productID: message.productID, department: message.department, category: message.category,
      brand: message.brand, isAdjustment: message.kind == .adjustment, minorUnits: message.amountMinorUnits)
  }
}
