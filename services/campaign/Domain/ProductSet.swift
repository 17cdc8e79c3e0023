/// Which lines a benefit is for. A list that is not empty must contain the line's value; all empty means the whole basket.
struct ProductSet: Sendable, Hashable {
  var productIDs: Set<String> = []
  var departments: Set<String> = []
  var categories: Set<String> = []
  var brands: Set<String> = []

  static let wholeBasket = ProductSet()

  func contains(_ line: BasketLine) -> Bool {
    Self.admits(productIDs, line.productID) && Self.admits(departments, line.department)
      && Self.admits(categories, line.category) && Self.admits(brands, line.brand)
  }

  private static func admits(_ list: Set<String>, _ value: String) -> Bool {
    list.isEmpty || list.contains(value)
  }
}
