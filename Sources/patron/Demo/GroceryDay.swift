import Foundation

/// One trading day of a published grocery loyalty data set, as its files say it: see Resources/grocery-day/README.md for source, licence,
/// totals and oddities. Amounts are whole cents.
struct GroceryDay: Sendable {
  /// A line of a basket. `list = sales + loyalty + match`; the customer pays `sales − manufacturer`.
  struct Line: Sendable {
    let productNumber: String
    let quantity: Int64
    let sales: Int64
    let loyaltyDiscount: Int64
    let manufacturerCoupon: Int64
    let retailerMatch: Int64

    var list: Int64 { sales + loyaltyDiscount + retailerMatch }
    var customerPays: Int64 { sales - manufacturerCoupon }
  }

  struct Basket: Sendable {
    let number: String
    /// Seconds after the day's midnight, by the store's clock.
    let secondOfDay: Int
    let storeNumber: String
    let householdNumber: String
    let lines: [Line]
  }

  struct Product: Sendable {
    let number: String
    let manufacturer: String
    let department: String
    let brand: String
    let category: String
    let type: String
    let packageSize: String
  }

  struct Household: Sendable {
    let number: String
    let age, income, homeOwnership, maritalStatus, householdSize, householdComposition, kidsCount: String
  }

  /// In the order of the day's clock.
  let baskets: [Basket]
  let products: [Product]
  let households: [Household]
  /// Stores that sold something, ascending.
  let storeNumbers: [String]

  /// The day's columns, summed: what accepted and refused baskets together must come to.
  struct Totals: Equatable, Sendable {
    var baskets = 0
    var lines = 0
    var sales: Int64 = 0
    var loyaltyDiscount: Int64 = 0
    var manufacturerCoupon: Int64 = 0
    var retailerMatch: Int64 = 0

    mutating func add(_ basket: Basket) {
      baskets += 1
      lines += basket.lines.count
      for line in basket.lines {
        sales += line.sales
        loyaltyDiscount += line.loyaltyDiscount
        manufacturerCoupon += line.manufacturerCoupon
        retailerMatch += line.retailerMatch
      }
    }
  }

  var totals: Totals {
    baskets.reduce(into: Totals()) { $0.add($1) }
  }
}

// MARK: Reading

extension GroceryDay {
  struct FileError: Error, CustomStringConvertible {
    let description: String
  }

  /// Reads the files of `folder`; the bundled day by default.
  static func load(from folder: URL? = nil) throws -> GroceryDay {
    guard let folder = folder ?? Bundle.module.url(forResource: "grocery-day", withExtension: nil, subdirectory: "Resources")
    else { throw FileError(description: "the demo's data is not beside the patron executable") }

    var order: [String] = []
    var started: [String: (second: Int, store: String, household: String)] = [:]
    var linesOfBasket: [String: [Line]] = [:]
    for row in try rows(of: "lines.csv", in: folder) {
      let basket = try row.text("basket_id")
      if started[basket] == nil {
        order.append(basket)
        started[basket] = (try row.secondOfDay("transaction_time"), try row.text("store_id"), try row.text("household_id"))
      }
      linesOfBasket[basket, default: []].append(
        Line(
          productNumber: try row.text("product_id"), quantity: try row.integer("quantity"), sales: try row.cents("sales_value"),
          loyaltyDiscount: try row.cents("retail_disc"), manufacturerCoupon: try row.cents("coupon_disc"),
          retailerMatch: try row.cents("coupon_match_disc")))
    }
    let baskets = order.map { number in
      let start = started[number]!
      return Basket(
        number: number, secondOfDay: start.second, storeNumber: start.store, householdNumber: start.household,
        lines: linesOfBasket[number]!)
    }

    var products = try rows(of: "products.csv", in: folder).map { row in
      Product(
        number: try row.text("product_id"), manufacturer: try row.text("manufacturer_id"), department: try row.text("department"),
        brand: try row.text("brand"), category: try row.text("product_category"), type: try row.text("product_type"),
        packageSize: try row.text("package_size"))
    }
    // Two numbers stand on lines of quantity 0 and in no row of products.csv: they are discounts, and the catalogue says so.
    let listed = Set(products.map(\.number))
    let unlisted = Set(baskets.flatMap(\.lines).map(\.productNumber)).subtracting(listed).sorted()
    products += unlisted.map { number in
      Product(
        number: number, manufacturer: "", department: "ADJUSTMENT", brand: "", category: "", type: "NOT IN CATALOGUE", packageSize: "")
    }
    let households = try rows(of: "households.csv", in: folder).map { row in
      Household(
        number: try row.text("household_id"), age: try row.text("age"), income: try row.text("income"),
        homeOwnership: try row.text("home_ownership"), maritalStatus: try row.text("marital_status"),
        householdSize: try row.text("household_size"), householdComposition: try row.text("household_comp"),
        kidsCount: try row.text("kids_count"))
    }
    let storeNumbers = Set(baskets.map(\.storeNumber)).sorted { (Int($0) ?? 0, $0) < (Int($1) ?? 0, $1) }
    return GroceryDay(
      baskets: baskets.sorted { ($0.secondOfDay, $0.number) < ($1.secondOfDay, $1.number) }, products: products, households: households,
      storeNumbers: storeNumbers)
  }

  private struct Row {
    let file: String
    let number: Int
    let columns: [Substring: Int]
    let fields: [Substring]

    func text(_ column: Substring) throws -> String {
      guard let index = columns[column], index < fields.count else {
        throw FileError(description: "\(file) line \(number): no column \(column)")
      }
      return String(fields[index])
    }

    func integer(_ column: Substring) throws -> Int64 {
      let value = try text(column)
      guard let integer = Int64(value) else { throw FileError(description: "\(file) line \(number): \(column) is \(value)") }
      return integer
    }

    /// "12.30" is 1230; never by way of a floating-point number.
    func cents(_ column: Substring) throws -> Int64 {
      let value = try text(column)
      let parts = value.split(separator: ".", omittingEmptySubsequences: false)
      guard parts.count <= 2, let units = Int64(parts[0]), units >= 0 else {
        throw FileError(description: "\(file) line \(number): \(column) is \(value)")
      }
      let fraction = parts.count == 2 ? parts[1] : ""
      guard fraction.count <= 2, fraction.allSatisfy(\.isASCII), let cents = Int64((fraction + "00").prefix(2)) else {
        throw FileError(description: "\(file) line \(number): \(column) is \(value)")
      }
      return units * 100 + cents
    }

    /// "2017-12-24T13:05:09" is 47,109.
    func secondOfDay(_ column: Substring) throws -> Int {
      let value = try text(column)
      let clock = value.split(separator: "T").last?.split(separator: ":").compactMap { Int($0) } ?? []
      guard clock.count == 3 else { throw FileError(description: "\(file) line \(number): \(column) is \(value)") }
      return clock[0] * 3600 + clock[1] * 60 + clock[2]
    }
  }

  /// The files quote nothing, so a line splits at its commas; a quotation mark is refused rather than misread.
  private static func rows(of file: String, in folder: URL) throws -> [Row] {
    let text = try String(contentsOf: folder.appendingPathComponent(file), encoding: .utf8)
    if text.contains("\"") { throw FileError(description: "\(file): quoted fields are not expected") }
    var lines = text.split(whereSeparator: \.isNewline)
    guard !lines.isEmpty else { throw FileError(description: "\(file) is empty") }
    let header = lines.removeFirst().split(separator: ",", omittingEmptySubsequences: false)
    let columns = Dictionary(uniqueKeysWithValues: header.enumerated().map { ($1, $0) })
    return lines.enumerated().map { offset, line in
      Row(file: file, number: offset + 2, columns: columns, fields: line.split(separator: ",", omittingEmptySubsequences: false))
    }
  }
}
