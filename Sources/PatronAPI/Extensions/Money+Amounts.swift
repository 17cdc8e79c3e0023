extension TypeV1.Money {
  /// `Money(1999, "USD")` is 19.99 US dollars.
  public init(_ minorUnits: Int64, _ currencyCode: String) {
    self.init(currencyCode: currencyCode, minorUnits: minorUnits)
  }

  /// Whether the currency code has the form of ISO 4217: three upper-case letters.
  public var hasWellFormedCurrency: Bool {
    currencyCode.utf8.count == 3 && currencyCode.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  }
}
