import Foundation
import GoogleProto
import PatronAPI
import ServiceKit

/// Products between the contract and the tables.
enum ProductMessages {
  /// The products of an import, each with the id that it gets if its sku is new.
  static func decode(_ messages: [InventoryV1.Product], ids: any IDGenerator, time: Date) throws -> [ProductStore.Product] {
    var errors = FieldErrors()
    errors.require(
      (1...Limits.productsPerImport).contains(messages.count), "products", "must be 1 to \(Limits.productsPerImport)")
    try errors.throwIfAny()
    var skus: Set<String> = []
    for (index, message) in messages.enumerated() {
      check(message, "products[\(index)]", &errors)
      errors.require(skus.insert(message.sku).inserted, "products[\(index)].sku", "stands here twice")
    }
    try errors.throwIfAny()
    return messages.map { message in
      ProductStore.Product(
        productID: ids.next("prd"), sku: message.sku, name: message.name, department: message.department,
        brand: message.brand, category: message.category, productType: message.productType,
        packageSize: message.packageSize, manufacturer: message.manufacturer, barcodes: message.barcodes,
        priceCurrencyCode: message.price?.currencyCode, priceAmount: message.price?.minorUnits, createTime: time,
        updateTime: time)
    }
  }

  static func decode(_ keys: [InventoryV1.ProductKey]) throws -> [ProductStore.Key] {
    var errors = FieldErrors()
    errors.require(keys.count <= Limits.keysPerLookUp, "keys", "at most \(Limits.keysPerLookUp)")
    try errors.throwIfAny()
    let decoded = keys.enumerated().compactMap { index, key -> ProductStore.Key? in
      switch key.key {
      case .productID(let productID): return .productID(productID)
      case .sku(let sku): return .sku(sku)
      case .barcode(let barcode): return .barcode(barcode)
      case nil:
        errors.add("keys[\(index)].key", "must be one of product_id, sku and barcode")
        return nil
      }
    }
    try errors.throwIfAny()
    return decoded
  }

  static func encode(_ product: ProductStore.Product) -> InventoryV1.Product {
    InventoryV1.Product(
      productID: product.productID, sku: product.sku, name: product.name, department: product.department,
      brand: product.brand, category: product.category, productType: product.productType,
      packageSize: product.packageSize, manufacturer: product.manufacturer, barcodes: product.barcodes,
      price: product.priceAmount.map { TypeV1.Money($0, product.priceCurrencyCode ?? "") },
      createTime: GoogleProtobuf.Timestamp(product.createTime), updateTime: GoogleProtobuf.Timestamp(product.updateTime))
  }

  private static func check(_ message: InventoryV1.Product, _ field: String, _ errors: inout FieldErrors) {
    errors.require(text: message.sku, "\(field).sku", upTo: Limits.identifierBytes)
    errors.require(text: message.name, "\(field).name", upTo: Limits.nameBytes)
    let optionalTexts = [
      ("department", message.department), ("brand", message.brand), ("category", message.category),
      ("product_type", message.productType), ("package_size", message.packageSize), ("manufacturer", message.manufacturer),
    ]
    for (name, text) in optionalTexts {
      errors.require(optionalText: text, "\(field).\(name)", upTo: Limits.nameBytes)
    }
    errors.require(
      message.barcodes.count <= Limits.barcodesPerProduct, "\(field).barcodes", "at most \(Limits.barcodesPerProduct)")
    var barcodes: Set<String> = []
    for (index, barcode) in message.barcodes.prefix(Limits.barcodesPerProduct).enumerated() {
      errors.require(text: barcode, "\(field).barcodes[\(index)]", upTo: Limits.identifierBytes)
      errors.require(barcodes.insert(barcode).inserted, "\(field).barcodes[\(index)]", "stands here twice")
    }
    if let price = message.price {
      errors.require(price.hasWellFormedCurrency, "\(field).price.currency_code", "must be three upper-case letters")
      errors.require((0...Limits.amount).contains(price.minorUnits), "\(field).price.minor_units", "must be 0 to \(Limits.amount)")
    }
  }
}
