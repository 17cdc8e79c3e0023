import PatronAPI
import ServiceKit

/// The numbers of an order's lines and totals, out of the contract.
enum LineMessages {
  static func decode(
    _ message: InventoryV1.OrderLine, _ field: String, _ amounts: AmountReader, _ errors: inout FieldErrors
  ) -> SaleLine {
    let kind = kind(message, field, &errors)
    errors.require(optionalText: message.productID, "\(field).product_id", upTo: Limits.identifierBytes)
    errors.require(kind == .adjustment || !message.productID.isEmpty, "\(field).product_id", "must not be empty on a sale line")
    var till = (all: Int64(0), manufacturer: Int64(0))
    for (index, discount) in message.tillDiscounts.enumerated() {
      let amount = amounts.readPositive(discount.amount, "\(field).till_discounts[\(index)].amount", &errors)
      till.all &+= amount
      if discount.kind == .manufacturerCoupon { till.manufacturer &+= amount }
    }
    var discount: Int64 = 0
    for (index, part) in message.discounts.enumerated() {
      let isAmount = (0...Limits.amount).contains(part.amountMinorUnits)
      errors.require(isAmount, "\(field).discounts[\(index)].amount_minor_units", "must be 0 to \(Limits.amount)")
      if isAmount { discount &+= part.amountMinorUnits }
    }
    // Each part is small, and so are the sums of as many as a message can hold; what is summed over the lines is small too.
    for (name, sum) in [("till_discounts", till.all), ("discounts", discount)] {
      errors.require((0...Limits.amount).contains(sum), "\(field).\(name)", "must sum to 0 to \(Limits.amount)")
    }
    return SaleLine(
      number: Int(message.lineNumber), kind: kind, productID: message.productID.nonEmpty, quantity: message.quantity,
      listAmount: amounts.readPositive(message.listAmount, "\(field).list_amount", &errors), tillDiscountAmount: till.all,
      discountAmount: discount, customerAmount: amounts.read(message.customerAmount, "\(field).customer_amount", &errors),
      taxAmount: amounts.read(message.taxAmount, "\(field).tax_amount", &errors), manufacturerAmount: till.manufacturer)
  }

  static func decode(
    _ message: InventoryV1.OrderTotals, _ field: String, _ amounts: AmountReader, _ errors: inout FieldErrors
  ) -> (totals: SaleTotals, amountDue: Int64) {
    let totals = SaleTotals(
      listAmount: amounts.read(message.listAmount, "\(field).list_amount", &errors),
      tillDiscountAmount: amounts.read(message.tillDiscountAmount, "\(field).till_discount_amount", &errors),
      discountAmount: amounts.read(message.discountAmount, "\(field).discount_amount", &errors),
      customerAmount: amounts.read(message.customerAmount, "\(field).customer_amount", &errors),
      taxAmount: amounts.read(message.taxAmount, "\(field).tax_amount", &errors),
      manufacturerAmount: amounts.read(message.manufacturerAmount, "\(field).manufacturer_amount", &errors))
    return (totals, amounts.readPositive(message.amountDue, "\(field).amount_due", &errors))
  }

  static func encode(_ totals: SaleTotals, _ currencyCode: String) -> InventoryV1.OrderTotals {
    InventoryV1.OrderTotals(
      listAmount: TypeV1.Money(totals.listAmount, currencyCode),
      tillDiscountAmount: TypeV1.Money(totals.tillDiscountAmount, currencyCode),
      discountAmount: TypeV1.Money(totals.discountAmount, currencyCode),
      customerAmount: TypeV1.Money(totals.customerAmount, currencyCode),
      taxAmount: TypeV1.Money(totals.taxAmount, currencyCode), amountDue: TypeV1.Money(totals.amountDue, currencyCode),
      manufacturerAmount: TypeV1.Money(totals.manufacturerAmount, currencyCode))
  }

  private static func kind(_ message: InventoryV1.OrderLine, _ field: String, _ errors: inout FieldErrors) -> SaleLine.Kind {
    switch message.kind {
    case .unspecified, .sale:
      errors.require((1...Limits.quantity).contains(message.quantity), "\(field).quantity", "must be 1 to \(Limits.quantity)")
      return .sale
    case .adjustment:
      errors.require(message.quantity == 0, "\(field).quantity", "must be 0 on an adjustment line")
      return .adjustment
    case .unrecognized:
      errors.add("\(field).kind", "is no kind")
      return .adjustment
    }
  }
}
