/// What is taken out of one lot.
struct ValueDraw: Equatable, Sendable {
  var lotID: String
  var parts: ValueParts

  /// Takes `parts` out of `lots` in their order, each part by itself. `missing` is what they did not have.
  static func draw(_ parts: ValueParts, from lots: [ValueLot]) -> (draws: [ValueDraw], missing: ValueParts) {
    var draws: [ValueDraw] = []
    var missing = parts
    for lot in lots where !missing.isNothing {
      let taken = missing.limited(to: lot.parts)
      guard !taken.isNothing else { continue }
      draws.append(ValueDraw(lotID: lot.lotID, parts: taken))
      missing -= taken
    }
    return (draws, missing)
  }
}

/// What an order drew from one account, and how much of it returns have given back.
struct SpentValue: Equatable, Sendable {
  struct LotDraw: Equatable, Sendable {
    var position: Int
    var lotID: String
    var drawn: ValueParts
    var givenBack: ValueParts
  }

  var drawn: ValueParts
  var givenBack: ValueParts

  /// The parts of `amount` more given back, in the proportion in which they were drawn: of principal the cumulative floor, the rest is bonus.
  /// Amounts telescope, so returns that together give back all give back exactly what was drawn, whatever the parts. More than is left gives
  /// what is left.
  func parts(ofGivingBack amount: Int64) -> ValueParts {
    let after = min(drawn.total, givenBack.total + amount)
    let principal = Int64(Int128(drawn.principal) * Int128(after) / Int128(max(1, drawn.total)))
    return ValueParts(principal: principal, bonus: after - principal) - givenBack
  }

  /// Which lots `parts` go back to: the last drawn first, so that what stays spent is what a smaller purchase would have drawn.
  ///
  /// - Precondition: `parts` is at most what the draws have not given back.
  static func plan(_ parts: ValueParts, to draws: [LotDraw]) -> [(position: Int, draw: ValueDraw)] {
    var left = parts
    var plan: [(position: Int, draw: ValueDraw)] = []
    for draw in draws.sorted(by: { $0.position > $1.position }) where !left.isNothing {
      let share = left.limited(to: draw.drawn - draw.givenBack)
      guard !share.isNothing else { continue }
      plan.append((draw.position, ValueDraw(lotID: draw.lotID, parts: share)))
      left -= share
    }
    precondition(left.isNothing, "a return gives back at most what was drawn")
    return plan
  }
}
