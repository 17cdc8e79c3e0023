/// A field that breaks a rule, in the contract's spelling: `basket.lines[2].quantity`.
struct FieldViolation: Equatable, Sendable {
  var field: String
  var description: String
}

/// What every basket keeps to before anything is looked up for it.
///
/// The rules need nothing but the basket, so a malformed one costs no call. What needs the store, the products or the member
/// is checked where those are known.
enum BasketRules {
  static let linesAtMost = 2_000
  static let couponCodesAtMost = 20
  static let tillDiscountsPerLineAtMost = 16
  static let keyBytesAtMost = 256
  static let codeBytesAtMost = 64

  /// Every rule that `basket` breaks, in the order of its fields; empty for a sound basket.
  static func violations(of basket: Basket) -> [FieldViolation] {
    var found: [FieldViolation] = []
    checkParties(basket, &found)
    if basket.lines.isEmpty { found.add("basket.lines", "must have at least one line") }
    if basket.lines.count > linesAtMost { found.add("basket.lines", "at most \(linesAtMost) lines") }
    for (index, line) in basket.lines.prefix(linesAtMost).enumerated() {
      check(line, at: "basket.lines[\(index)]", &found)
    }
    checkCoupons(basket.couponCodes, &found)
    for (name, text) in [
      ("till_id", basket.tillID), ("staff_id", basket.staffID), ("external_reference", basket.externalReference),
    ] where text.utf8.count > codeBytesAtMost {
      found.add("basket.\(name)", "at most \(codeBytesAtMost) bytes")
    }
    return found
  }

  /// The first amount that is not in `currencyCode`: its field and the currency that it is in.
  static func foreignAmount(in basket: Basket, otherThan currencyCode: String) -> (field: String, currencyCode: String)? {
    for (index, line) in basket.lines.enumerated() {
      let path = "basket.lines[\(index)]"
      var amounts: [(String, Money?)] = [
        ("\(path).list_amount", line.listAmount), ("\(path).unit_price", line.unitPrice), ("\(path).tax_amount", line.taxAmount),
      ]
      amounts += line.tillDiscounts.enumerated().map { ("\(path).till_discounts[\($0.offset)].amount", $0.element.amount) }
      for case (let field, let amount?) in amounts where amount.currencyCode != currencyCode {
        return (field, amount.currencyCode)
      }
    }
    return nil
  }

  private static func checkParties(_ basket: Basket, _ found: inout [FieldViolation]) {
    switch basket.store {
    case nil: found.add("basket.store", "one of store_id and store_code must be set")
    case let key?: checkKey(key.text, "basket.store", &found)
    }
    switch basket.member {
    case nil: break
    case .some(nil): found.add("basket.member", "exactly one key must be set")
    case .some(let key?): checkKey(key.text, "basket.member", &found)
    }
  }

  private static func check(_ line: Basket.Line, at path: String, _ found: inout [FieldViolation]) {
    switch line.product {
    case nil: found.add("\(path).product", "one of product_id, sku and barcode must be set")
    case let key?: checkKey(key.text, "\(path).product", &found)
    }
    checkQuantity(line, at: path, &found)
    if let amount = line.listAmount {
      if amount.minorUnits < 0 { found.add("\(path).list_amount", "must be 0 or more") }
      checkRange(amount, "\(path).list_amount", &found)
    } else {
      found.add("\(path).list_amount", "must be set")
    }
    if let price = line.unitPrice { checkRange(price, "\(path).unit_price", &found) }
    if let tax = line.taxAmount {
      if tax.minorUnits < 0 && line.kind != .adjustment {
        found.add("\(path).tax_amount", "must be 0 or more but on an ADJUSTMENT line")
      }
      checkRange(tax, "\(path).tax_amount", &found)
    }
    checkTillDiscounts(line, at: path, &found)
  }

  private static func checkQuantity(_ line: Basket.Line, at path: String, _ found: inout [FieldViolation]) {
    switch line.kind {
    case .sale where line.quantity < 1: found.add("\(path).quantity", "must be 1 or more on a SALE line")
    case .adjustment where line.quantity != 0: found.add("\(path).quantity", "must be 0 on an ADJUSTMENT line")
    case .unknown: found.add("\(path).kind", "must be SALE or ADJUSTMENT")
    case .sale where line.quantity > Amounts.largestQuantity:
      found.add("\(path).quantity", "at most \(Amounts.largestQuantity)")
    case .sale, .adjustment: break
    }
  }

  /// Only a manufacturer's coupon may exceed what the line lists at: the manufacturer pays it, not the retailer's till.
  /// An ADJUSTMENT line is nothing but a discount, so it has no list amount to compare with.
  private static func checkTillDiscounts(_ line: Basket.Line, at path: String, _ found: inout [FieldViolation]) {
    if line.tillDiscounts.count > tillDiscountsPerLineAtMost {
      found.add("\(path).till_discounts", "at most \(tillDiscountsPerLineAtMost)")
      return
    }
    var isSound = true
    for (index, discount) in line.tillDiscounts.enumerated() {
      let field = "\(path).till_discounts[\(index)]"
      let before = found.count
      if discount.kind == .unknown { found.add("\(field).kind", "must be a known kind") }
      if let amount = discount.amount {
        if amount.minorUnits < 0 { found.add("\(field).amount", "must be 0 or more") }
        checkRange(amount, "\(field).amount", &found)
      } else {
        found.add("\(field).amount", "must be set")
      }
      isSound = isSound && found.count == before
    }
    guard isSound, line.kind == .sale, let list = line.listAmount?.minorUnits, (0...Amounts.largest).contains(list) else { return }
    let retailers = line.tillDiscounts.filter { $0.kind != .manufacturerCoupon }.compactMap { $0.amount?.minorUnits }
    // At most 16 amounts of at most 10¹² each: the plain sum cannot overflow.
    if retailers.reduce(0, +) > list {
      found.add("\(path).till_discounts", "may exceed list_amount only by MANUFACTURER_COUPON")
    }
  }

  private static func checkCoupons(_ codes: [String], _ found: inout [FieldViolation]) {
    if codes.count > couponCodesAtMost { found.add("basket.coupon_codes", "at most \(couponCodesAtMost)") }
    for (index, code) in codes.prefix(couponCodesAtMost).enumerated()
    where code.isEmpty || code.utf8.count > codeBytesAtMost {
      found.add("basket.coupon_codes[\(index)]", "1 to \(codeBytesAtMost) bytes")
    }
  }

  private static func checkKey(_ text: String, _ field: String, _ found: inout [FieldViolation]) {
    if text.isEmpty || text.utf8.count > keyBytesAtMost { found.add(field, "1 to \(keyBytesAtMost) bytes") }
  }

  private static func checkRange(_ amount: Money, _ field: String, _ found: inout [FieldViolation]) {
    if !Amounts.isWithinRange(amount.minorUnits) { found.add(field, "at most \(Amounts.largest) minor units") }
  }
}

extension [FieldViolation] {
  mutating func add(_ field: String, _ description: String) {
    append(FieldViolation(field: field, description: description))
  }
}
