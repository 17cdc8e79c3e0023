/// How many points a unit of net spend earns: the promise that a quote carries, as loyalty's rule gave it.
struct EarnRate: Equatable, Sendable {
  var ruleVersion: Int64
  /// Points for each whole currency unit, as a rational.
  var numerator: Int64
  var denominator: Int64
  /// Minor units in one currency unit: 100 for USD, 1 for JPY.
  var minorUnitsPerUnit: Int64
}

/// What an order will earn.
struct EarnPromise: Equatable, Sendable {
  var ruleVersion: Int64
  var points: Int64
  var growthValue: Int64
  /// In the order of the lines: net spend, and points that sum to `points`.
  var lines: [(lineNumber: Int, netSpend: Int64, points: Int64)]

  static func == (first: EarnPromise, second: EarnPromise) -> Bool {
    first.ruleVersion == second.ruleVersion && first.points == second.points && first.growthValue == second.growthValue
      && first.lines.elementsEqual(second.lines) { $0 == $1 }
  }
}

/// What a quoted basket earns once it is known how much of it points and stored value pay.
///
/// Loyalty decides what an order earns (EvaluateEarn), but a quote is a promise at the versions that it was stamped with: a
/// rule published since may not change it, and what points and stored value pay is no part of net spend. So the gateway does the
/// one piece of arithmetic itself from the quoted rate. A test holds it equal to loyalty's own answer.
enum EarnArithmetic {
  static func promise(netSpendByLine: [(lineNumber: Int, amount: Int64)], paidBesides: Int64, rate: EarnRate) -> EarnPromise {
    let spend = netSpendByLine.reduce(Int64(0)) { $0 + $1.amount }
    let netSpend = max(0, spend - paidBesides)
    let points = Int64(
      Int128(netSpend) * Int128(rate.numerator) / (Int128(rate.denominator) * Int128(rate.minorUnitsPerUnit)))
    let parts = spreadByLargestRemainder(points, over: netSpendByLine.map { max(0, $0.amount) })
    return EarnPromise(
      ruleVersion: rate.ruleVersion, points: points, growthValue: netSpend,
      lines: zip(netSpendByLine, parts).map { ($0.lineNumber, $0.amount, $1) })
  }
}
