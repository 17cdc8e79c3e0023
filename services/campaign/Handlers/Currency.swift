/// What the contract calls a currency code.
enum Currency {
  /// Three upper-case letters, as in ISO 4217.
  static func isWellFormed(_ code: String) -> Bool {
    code.utf8.count == 3 && code.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  }
}
