/// How many decimal digits a currency's minor unit has, by ISO 4217: 2 for the US dollar (100 cents), 0 for the yen.
///
/// Points are earned by whole currency units while amounts are integers of minor units, so the two meet here and nowhere else.
enum CurrencyExponent {
  /// The currencies whose exponent is not 2. Codes that ISO 4217 lists with no minor unit at all ("N.A.", such as gold) are no
  /// money that a till takes, and read as 2 like any other.
  private static let exceptions: [String: Int] = [
    "BIF": 0, "CLP": 0, "DJF": 0, "GNF": 0, "ISK": 0, "JPY": 0, "KMF": 0, "KRW": 0, "PYG": 0, "RWF": 0, "UGX": 0, "UYI": 0,
    "VND": 0, "VUV": 0, "XAF": 0, "XOF": 0, "XPF": 0,
    "BHD": 3, "IQD": 3, "JOD": 3, "KWD": 3, "LYD": 3, "OMR": 3, "TND": 3,
    "CLF": 4, "UYW": 4,
  ]

  static func exponent(of currencyCode: String) -> Int {
    exceptions[currencyCode] ?? 2
  }

  /// 100 for the US dollar, 1 for the yen, 1,000 for the Kuwaiti dinar.
  static func minorUnitsPerUnit(of currencyCode: String) -> Int64 {
    switch exponent(of: currencyCode) {
    case 0: 1
    case 3: 1_000
    case 4: 10_000
    default: 100
    }
  }

  /// Three upper-case ASCII letters. Whether the code exists is the publisher's business: ISO 4217 changes, binaries do not.
  static func isWellFormed(_ currencyCode: String) -> Bool {
    currencyCode.utf8.count == 3 && currencyCode.utf8.allSatisfy { (UInt8(ascii: "A")...UInt8(ascii: "Z")).contains($0) }
  }
}
