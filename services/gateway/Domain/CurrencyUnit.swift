/// How many minor units make one unit of a currency, by ISO 4217: 100 for the US dollar, 1 for the yen, 1,000 for the dinar.
///
/// Points are earned by whole currency units, so a quoted rate carries this number; everything else counts in minor units.
enum CurrencyUnit {
  /// The currencies whose minor unit is no hundredth.
  private static let exceptions: [String: Int64] = {
    let byMinorUnits: [(Int64, String)] = [
      (1, "BIF CLP DJF GNF ISK JPY KMF KRW PYG RWF UGX UYI VND VUV XAF XOF XPF"),
      (1_000, "BHD IQD JOD KWD LYD OMR TND"),
      (10_000, "CLF UYW"),
    ]
    var units: [String: Int64] = [:]
    for (minorUnits, codes) in byMinorUnits {
      for code in codes.split(separator: " ") { units[String(code)] = minorUnits }
    }
    return units
  }()

  static func minorUnits(of currencyCode: String) -> Int64 { exceptions[currencyCode] ?? 100 }
}
