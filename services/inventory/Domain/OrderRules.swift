/// What must hold of an order as the gateway priced it. Inventory computes no price; it refuses what does not sum, since the
/// record must still be true when it is returned in a year.
enum OrderRules {
  static func check(_ lines: [SaleLine], totals: SaleTotals, amountDue: Int64) throws(InventoryRefusal) {
    for line in lines {
      let customerAmount = line.listAmount - line.tillDiscountAmount - line.discountAmount
      guard line.customerAmount == customerAmount else {
        throw .amountsDoNotSum(what: "line \(line.number)", expected: customerAmount, found: line.customerAmount)
      }
    }
    let sums = SaleTotals(summing: lines)
    try compare("list_amount", sums.listAmount, totals.listAmount)
    try compare("till_discount_amount", sums.tillDiscountAmount, totals.tillDiscountAmount)
    try compare("discount_amount", sums.discountAmount, totals.discountAmount)
    try compare("customer_amount", sums.customerAmount, totals.customerAmount)
    try compare("tax_amount", sums.taxAmount, totals.taxAmount)
    try compare("manufacturer_amount", sums.manufacturerAmount, totals.manufacturerAmount)
    try compare("amount_due", sums.amountDue, amountDue)
  }

  private static func compare(_ what: String, _ expected: Int64, _ found: Int64) throws(InventoryRefusal) {
    guard expected == found else { throw .amountsDoNotSum(what: what, expected: expected, found: found) }
  }
}
