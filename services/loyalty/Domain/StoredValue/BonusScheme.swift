internal import Foundation

/// The bonus packages on offer for wallets of a jurisdiction: charge 1,000, get 100. One version, never changed once published.
struct BonusScheme: Equatable, Sendable {
  struct Package: Equatable, Sendable {
    var charge: Int64
    var bonus: Int64
  }

  var jurisdiction: String
  /// 0 where none was ever published.
  var version: Int64
  /// Ascending by charge.
  var packages: [Package]
  var publishedAt: Date

  /// The bonus of the largest package that `amount` covers, once; 0 below the smallest.
  func bonus(forCharging amount: Int64) -> Int64 {
    packages.last { $0.charge <= amount }?.bonus ?? 0
  }
}
