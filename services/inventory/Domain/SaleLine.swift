/// The numbers of one line. customer = list − till discounts − Patron's discounts; tax comes on top.
struct SaleLine: Equatable, Sendable {
  enum Kind: Int64, Sendable {
    case sale = 1
    /// Discount only: no goods, so no stock.
    case adjustment = 2
  }

  var number: Int
  var kind: Kind
  /// Always there on a sale line.
  var productID: String?
  var quantity: Int64
  var listAmount: Int64
  var tillDiscountAmount: Int64
  var discountAmount: Int64
  var customerAmount: Int64
  var taxAmount: Int64
  /// The part of the till's discounts that manufacturers pay.
  var manufacturerAmount: Int64
}

/// Sums over an order's lines.
struct SaleTotals: Equatable, Sendable {
  var listAmount: Int64 = 0
  var tillDiscountAmount: Int64 = 0
  var discountAmount: Int64 = 0
  var customerAmount: Int64 = 0
  var taxAmount: Int64 = 0
  var manufacturerAmount: Int64 = 0

  var amountDue: Int64 { customerAmount + taxAmount }

  /// `Limits.amount` × `Limits.linesPerOrder` is far inside 64 bits, so that sums of checked amounts cannot overflow.
  init(summing lines: [SaleLine]) {
    for line in lines {
      listAmount += line.listAmount
      tillDiscountAmount += line.tillDiscountAmount
      discountAmount += line.discountAmount
      customerAmount += line.customerAmount
      taxAmount += line.taxAmount
      manufacturerAmount += line.manufacturerAmount
    }
  }

  init(
    listAmount: Int64, tillDiscountAmount: Int64, discountAmount: Int64, customerAmount: Int64, taxAmount: Int64,
    manufacturerAmount: Int64
  ) {
    self.listAmount = listAmount
    self.tillDiscountAmount = tillDiscountAmount
    self.discountAmount = discountAmount
    self.customerAmount = customerAmount
    self.taxAmount = taxAmount
    self.manufacturerAmount = manufacturerAmount
  }
}
