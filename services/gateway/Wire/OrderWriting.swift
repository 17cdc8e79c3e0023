import PatronAPI

// Domain values as the contract's: an order's lines, sums and tenders.

extension PricedLine {
  func wire(currencyCode: String) -> InventoryV1.OrderLine {
    func money(_ minorUnits: Int64) -> TypeV1.Money { TypeV1.Money(minorUnits, currencyCode) }
    return InventoryV1.OrderLine(
      lineNumber: Int32(number), kind: isAdjustment ? .adjustment : .sale, productID: product.productID, sku: product.sku,
      name: product.name, department: product.department, quantity: quantity, listAmount: money(listAmount),
      unitPrice: unitPrice.map(money),
      tillDiscounts: tillDiscounts.map { TypeV1.TillDiscount(kind: $0.kind.wire, amount: money($0.amount)) },
      discounts: discounts.map(\.wire), customerAmount: money(customerAmount), taxAmount: money(taxAmount),
      pointsEarned: pointsEarned)
  }

  /// As campaign's rules see it.
  var evaluationLine: CampaignV1.EvaluationLine {
    CampaignV1.EvaluationLine(
      lineNumber: Int32(number), productID: product.productID, department: product.department, category: product.category,
      brand: product.brand, kind: isAdjustment ? .adjustment : .sale, quantity: quantity, amountMinorUnits: amountAfterTill)
  }
}

extension PricedLine.Discount {
  var wire: InventoryV1.OrderDiscount {
    switch source {
    case .promotion(let id):
      InventoryV1.OrderDiscount(promotionID: id, version: version, name: name, amountMinorUnits: amount)
    case .coupon(let id, _):
      InventoryV1.OrderDiscount(couponID: id, version: version, name: name, amountMinorUnits: amount)
    }
  }
}

extension PricedTotals {
  func wire(currencyCode: String) -> InventoryV1.OrderTotals {
    func money(_ minorUnits: Int64) -> TypeV1.Money { TypeV1.Money(minorUnits, currencyCode) }
    return InventoryV1.OrderTotals(
      listAmount: money(listAmount), tillDiscountAmount: money(tillDiscountAmount), discountAmount: money(discountAmount),
      customerAmount: money(customerAmount), taxAmount: money(taxAmount), amountDue: money(amountDue),
      manufacturerAmount: money(manufacturerAmount))
  }
}

extension AcceptedTender {
  func wire(currencyCode: String) -> TypeV1.Tender {
    TypeV1.Tender(
      kind: kind.wire, amount: TypeV1.Money(amount, currencyCode),
      tendered: cash.map { TypeV1.Money($0.tendered, currencyCode) }, externalReference: externalReference, points: points,
      change: cash.map { TypeV1.Money($0.change, currencyCode) })
  }
}

extension AppliedEffect {
  /// Nil when campaign named neither a promotion nor a coupon.
  init?(_ discount: CampaignV1.AppliedDiscount) {
    let source: Source
    switch discount.source {
    case .promotionID(let id): source = .promotion(id: id)
    case .couponID(let id): source = .coupon(id: id, templateID: discount.templateID)
    case nil: return nil
    }
    self.init(
      source: source, version: discount.version, name: discount.name, amount: discount.amountMinorUnits,
      amountByLine: discount.lines.map { (Int($0.lineNumber), $0.amountMinorUnits) })
  }
}
