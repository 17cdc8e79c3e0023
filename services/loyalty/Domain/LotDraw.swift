/// Points that one movement takes out of one lot.
struct LotDraw: Equatable, Sendable {
  var lotID: String
  var points: Int64

  /// Takes up to `wanted` points out of lots in the order given, as much of each as it has; what is missing is left over.
  static func draw(_ wanted: Int64, from lots: [(lotID: String, available: Int64)]) -> (draws: [LotDraw], missing: Int64) {
    var draws: [LotDraw] = []
    var missing = wanted
    for lot in lots where missing > 0 && lot.available > 0 {
      let points = min(missing, lot.available)
      draws.append(LotDraw(lotID: lot.lotID, points: points))
      missing -= points
    }
    return (draws, missing)
  }
}
