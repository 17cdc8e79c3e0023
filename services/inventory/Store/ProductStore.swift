import Database
import Foundation

/// Products and their barcodes.
enum ProductStore {
  struct Product: Equatable, Sendable {
    var productID: String
    var sku: String
    var name: String
    var department: String
    var brand: String
    var category: String
    var productType: String
    var packageSize: String
    var manufacturer: String
    var barcodes: [String]
    var priceCurrencyCode: String?
    var priceAmount: Int64?
    var createTime: Date
    var updateTime: Date
  }

  enum Key: Equatable, Sendable {
    case productID(String)
    case sku(String)
    case barcode(String)
  }

  /// Adds or updates products by sku and answers their ids in order.
  ///
  /// Barcodes of all of them are dropped before any is added, so that two products may exchange theirs in one import.
  ///
  /// - Parameter products: Each with the id it gets if its sku is new.
  static func upsert(_ products: [Product], in transaction: Transaction) throws -> [String] {
    var productIDs: [String] = []
    for product in products {
      let productID = try transaction.first(upsertProduct, values(of: product)) { $0.text(0) }
      guard let productID else { throw BrokenInvariant(what: "an upsert by sku returned no row") }
      productIDs.append(productID)
    }
    for productID in productIDs { try transaction.run(deleteBarcodes, [.text(productID)]) }
    for (product, productID) in zip(products, productIDs) {
      for (position, barcode) in product.barcodes.enumerated() {
        let added = try transaction.run(insertBarcode, [.text(barcode), .text(productID), .integer(position)])
        guard added == 1 else { throw InventoryRefusal.barcodeTaken(barcode: barcode, sku: product.sku) }
      }
    }
    return productIDs
  }

  static func find(_ key: Key, in source: some Queryable) throws -> Product? {
    let found =
      switch key {
      case .productID(let productID): try source.first(byID, [.text(productID)], decode)
      case .sku(let sku): try source.first(bySKU, [.text(sku)], decode)
      case .barcode(let barcode): try source.first(byBarcode, [.text(barcode)], decode)
      }
    guard var product = found else { return nil }
    product.barcodes = try source.all(barcodes, [.text(product.productID)]) { $0.text(0) }
    return product
  }

  /// By product id.
  static func list(after productID: String, limit: Int, in source: some Queryable) throws -> [Product] {
    try source.all(page, [.text(productID), .integer(limit)], decode).map { product in
      var product = product
      product.barcodes = try source.all(barcodes, [.text(product.productID)]) { $0.text(0) }
      return product
    }
  }

  /// Those of the ids that no product has, in order, each once.
  static func missing(of productIDs: [String], in source: some Queryable) throws -> [String] {
    var seen: Set<String> = []
    return try productIDs.filter { productID in
      guard seen.insert(productID).inserted else { return false }
      return try source.first(exists, [.text(productID)]) { $0.int64(0) } == nil
    }
  }

  private static func values(of product: Product) -> [SQLValue] {
    [
      .text(product.productID), .text(product.sku), .text(product.name), .text(product.department), .text(product.brand),
      .text(product.category), .text(product.productType), .text(product.packageSize), .text(product.manufacturer),
      .optional(product.priceCurrencyCode), .optional(product.priceAmount), .time(product.createTime), .time(product.updateTime),
    ]
  }

  private static func decode(_ row: Row) -> Product {
    Product(
      productID: row.text(0), sku: row.text(1), name: row.text(2), department: row.text(3), brand: row.text(4),
      category: row.text(5), productType: row.text(6), packageSize: row.text(7), manufacturer: row.text(8), barcodes: [],
      priceCurrencyCode: row.optionalText(9), priceAmount: row.optionalInt64(10), createTime: row.time(11), updateTime: row.time(12))
  }

  private static let columns = """
    product_id, sku, name, department, brand, category, product_type, package_size, manufacturer,
    price_currency_code, price_amount, create_time, update_time
    """

  private static let upsertProduct = SQL(
    "inventory.upsert-product",
    """
    INSERT INTO products (\(columns)) VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11, ?12, ?13)
    ON CONFLICT (sku) DO UPDATE SET
      name = excluded.name, department = excluded.department, brand = excluded.brand, category = excluded.category,
      product_type = excluded.product_type, package_size = excluded.package_size, manufacturer = excluded.manufacturer,
      price_currency_code = excluded.price_currency_code, price_amount = excluded.price_amount,
      update_time = excluded.update_time
    RETURNING product_id
    """)
  private static let deleteBarcodes = SQL("inventory.delete-barcodes", "DELETE FROM product_barcodes WHERE product_id = ?1")
  private static let insertBarcode = SQL(
    "inventory.insert-barcode",
    "INSERT INTO product_barcodes (barcode, product_id, position) VALUES (?1, ?2, ?3) ON CONFLICT DO NOTHING")
  private static let byID = SQL("inventory.product-by-id", "SELECT \(columns) FROM products WHERE product_id = ?1")
  private static let bySKU = SQL("inventory.product-by-sku", "SELECT \(columns) FROM products WHERE sku = ?1")
  private static let byBarcode = SQL(
    "inventory.product-by-barcode",
    "SELECT \(columns) FROM products WHERE product_id = (SELECT product_id FROM product_barcodes WHERE barcode = ?1)")
  private static let barcodes = SQL(
    "inventory.barcodes-of-product", "SELECT barcode FROM product_barcodes WHERE product_id = ?1 ORDER BY position")
  private static let page = SQL(
    "inventory.list-products", "SELECT \(columns) FROM products WHERE product_id > ?1 ORDER BY product_id LIMIT ?2")
  private static let exists = SQL("inventory.product-exists", "SELECT 1 FROM products WHERE product_id = ?1")
}
