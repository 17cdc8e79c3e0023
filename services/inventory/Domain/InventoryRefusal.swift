/// What inventory refuses, as values that a caller must handle. `reason` is the published word of services/inventory/README.md;
/// the handlers give each its gRPC code.
enum InventoryRefusal: Error, Equatable {
  case productNotFound(productIDs: [String])
  case storeNotFound(key: String)
  case orderNotFound(orderID: String)
  case returnNotFound(returnID: String)
  case lineNotFound(lineNumbers: [Int])

  case barcodeTaken(barcode: String, sku: String)
  case storeCurrencyFixed(code: String)
  case insufficientStock(lineNumbers: [Int])

  case requestIDReused
  case orderTooLarge(bytes: Int, limit: Int)
  case orderExists(orderID: String)
  case returnExists(returnID: String)
  case quoteUsed(quoteID: String)

  case orderNotHeld
  case orderNotDecided
  case orderCancelled
  case orderCompleted
  case orderNotOpen
  case orderNotCompleted
  case orderChanged(revision: Int64)

  case amountsDoNotSum(what: String, expected: Int64, found: Int64)
  case currencyMismatch(expected: String, found: String)
  case tendersDoNotSum(amountDue: Int64, tendered: Int64)
  case heldTendersChanged

  case returnExceedsSold(lineNumbers: [Int])
  case returnQuantityInvalid(lineNumbers: [Int])
  case refundExceedsPaid
  case refundsDoNotSum(refund: Int64, refunds: Int64)
}

extension InventoryRefusal {
  var reason: String {
    switch self {
    case .productNotFound: "PRODUCT_NOT_FOUND"
    case .storeNotFound: "STORE_NOT_FOUND"
    case .orderNotFound: "ORDER_NOT_FOUND"
    case .returnNotFound: "RETURN_NOT_FOUND"
    case .lineNotFound: "LINE_NOT_FOUND"
    case .barcodeTaken: "BARCODE_TAKEN"
    case .storeCurrencyFixed: "STORE_CURRENCY_FIXED"
    case .insufficientStock: "INSUFFICIENT_STOCK"
    case .requestIDReused: "REQUEST_ID_REUSED"
    case .orderTooLarge: "ORDER_TOO_LARGE"
    case .orderExists: "ORDER_EXISTS"
    case .returnExists: "RETURN_EXISTS"
    case .quoteUsed: "QUOTE_USED"
    case .orderNotHeld: "ORDER_NOT_HELD"
    case .orderNotDecided: "ORDER_NOT_DECIDED"
    case .orderCancelled: "ORDER_CANCELLED"
    case .orderCompleted: "ORDER_COMPLETED"
    case .orderNotOpen: "ORDER_NOT_OPEN"
    case .orderNotCompleted: "ORDER_NOT_COMPLETED"
    case .orderChanged: "ORDER_CHANGED"
    case .amountsDoNotSum: "AMOUNTS_DO_NOT_SUM"
    case .currencyMismatch: "CURRENCY_MISMATCH"
    case .tendersDoNotSum: "TENDERS_DO_NOT_SUM"
    case .heldTendersChanged: "HELD_TENDERS_CHANGED"
    case .returnExceedsSold: "RETURN_EXCEEDS_SOLD"
    case .returnQuantityInvalid: "RETURN_QUANTITY_INVALID"
    case .refundExceedsPaid: "REFUND_EXCEEDS_PAID"
    case .refundsDoNotSum: "REFUNDS_DO_NOT_SUM"
    }
  }

  var message: String {
    switch self {
    case .productNotFound(let productIDs): "no product \(productIDs.prefix(10).joined(separator: ", "))"
    case .storeNotFound(let key): "no store \(key)"
    case .orderNotFound(let orderID): "no order \(orderID)"
    case .returnNotFound(let returnID): "no return \(returnID)"
    case .lineNotFound(let lineNumbers): "the order has no line \(Self.list(lineNumbers))"
    case .barcodeTaken(let barcode, let sku): "barcode \(barcode) of sku \(sku) is another product's"
    case .storeCurrencyFixed(let code): "store \(code) keeps its currency: its orders and prices are in it"
    case .insufficientStock(let lineNumbers): "not enough stock for line \(Self.list(lineNumbers))"
    case .requestIDReused: "this request id was used with another body"
    case .orderTooLarge(let bytes, let limit): "the order's record would come to \(bytes) bytes; \(limit) are allowed"
    case .orderExists(let orderID): "order \(orderID) belongs to another request"
    case .returnExists(let returnID): "return \(returnID) belongs to another request"
    case .quoteUsed(let quoteID): "quote \(quoteID) is used by another order"
    case .orderNotHeld: "not every participant holds yet"
    case .orderNotDecided: "the order is not decided"
    case .orderCancelled: "the order was decided to be cancelled"
    case .orderCompleted: "the order was decided to be completed"
    case .orderNotOpen: "only an open order can be extended"
    case .orderNotCompleted: "only a completed order can be returned"
    case .orderChanged(let revision): "the order has changed; it stands at revision \(revision)"
    case .amountsDoNotSum(let what, let expected, let found): "\(what): the parts sum to \(expected), not \(found)"
    case .currencyMismatch(let expected, let found): "the store sells in \(expected), not \(found)"
    case .tendersDoNotSum(let amountDue, let tendered): "the tenders pay \(tendered) of \(amountDue)"
    case .heldTendersChanged: "the tenders that were held are not among those that pay"
    case .returnExceedsSold(let lineNumbers): "more would be returned than was sold on line \(Self.list(lineNumbers))"
    case .returnQuantityInvalid(let lineNumbers):
      "a sale line comes back by 1 or more, an adjustment line by 0; not so line \(Self.list(lineNumbers))"
    case .refundExceedsPaid: "more would be refunded than was paid"
    case .refundsDoNotSum(let refund, let refunds): "the refunds sum to \(refunds), not \(refund)"
    }
  }

  /// What a program needs to act on the refusal, such as the lines that lack stock.
  var metadata: [String: String] {
    switch self {
    case .productNotFound(let productIDs): ["product_ids": productIDs.prefix(100).joined(separator: ",")]
    case .lineNotFound(let lineNumbers), .insufficientStock(let lineNumbers), .returnExceedsSold(let lineNumbers),
      .returnQuantityInvalid(let lineNumbers):
      ["lines": lineNumbers.map(String.init).joined(separator: ",")]
    case .barcodeTaken(let barcode, let sku): ["barcode": barcode, "sku": sku]
    case .orderChanged(let revision): ["revision": String(revision)]
    default: [:]
    }
  }

  private static func list(_ lineNumbers: [Int]) -> String {
    lineNumbers.prefix(10).map(String.init).joined(separator: ", ") + (lineNumbers.count > 10 ? ", …" : "")
  }
}
