import PatronAPI
import ServiceKit

/// Stock between the contract and the tables.
enum StockMessages {
  /// The lines of a receipt, numbered from 1.
  static func decode(_ request: InventoryV1.ReceiveStockRequest) throws -> [StockStore.Line] {
    var errors = FieldErrors()
    errors.require(text: request.storeID, "store_id", upTo: Limits.identifierBytes)
    errors.require(text: request.reason, "reason", upTo: Limits.reasonBytes)
    errors.require(
      (1...Limits.stockLinesPerReceipt).contains(request.lines.count), "lines", "must be 1 to \(Limits.stockLinesPerReceipt)")
    try errors.throwIfAny()
    for (index, line) in request.lines.enumerated() {
      errors.require(text: line.productID, "lines[\(index)].product_id", upTo: Limits.identifierBytes)
      errors.require(
        line.quantity != 0 && (-Limits.quantity...Limits.quantity).contains(line.quantity), "lines[\(index)].quantity",
        "must not be 0, and at most \(Limits.quantity) either way")
    }
    try errors.throwIfAny()
    return request.lines.enumerated().map { index, line in
      StockStore.Line(number: index + 1, productID: line.productID, quantity: line.quantity)
    }
  }

  static func check(_ request: InventoryV1.ListStockRequest) throws {
    var errors = FieldErrors()
    errors.require(text: request.storeID, "store_id", upTo: Limits.identifierBytes)
    errors.require(
      request.productIDs.count <= Limits.productsPerStockQuery, "product_ids", "at most \(Limits.productsPerStockQuery)")
    try errors.throwIfAny()
  }

  static func encode(_ level: StockLevel) -> InventoryV1.StockLevel {
    InventoryV1.StockLevel(
      storeID: level.storeID, productID: level.productID, onHand: level.onHand, held: level.held,
      available: level.available, oversold: level.isOversold)
  }
}
