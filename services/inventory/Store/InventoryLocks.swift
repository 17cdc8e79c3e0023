import Database

/// Which rows inventory's writes take, and in which order: the order's row, then the stock levels of a store by product.
enum InventoryLocks {
  static let order = LockOrder(
    [
      .row(
        of: "orders",
        with: ["order_documents", "order_replies", "order_lines", "order_tenders", "order_returns", "return_lines", "return_refunds"]),
      .row(of: "stock_levels", keyParameters: 2, with: ["stock_entries"]),
    ],
    // A write goes by the stock policy, the currency and the catalogue that it found.
    references: ["stores", "products"],
    // A till's key stands for one effect.
    claims: ["saga_keys"])
}
