/// Who wins: a pure function of the number of tickets, the number of prizes, and blocks that nobody could foresee and everybody can compute.
///
/// One place after the other takes one of the tickets that have not won, each equally likely: the tickets stand in a row, place *p* takes one from
/// *p* to the end and changes places with it. A number below *r* is the first 8 bytes of a block, as a big-endian integer *x*, modulo *r*; blocks
/// with *x* below 2⁶⁴ modulo *r* are passed over, so that no remainder is likelier than another.
enum DrawLots {
  /// The winning numbers, 1 to `tickets`, in the order of their places: as many as there are prizes, or tickets if those are fewer.
  ///
  /// - Parameter block: number 0, 1, 2, …, of at least 8 bytes.
  static func winners(of prizes: Int64, among tickets: Int64, block: (UInt64) -> [UInt8]) -> [Int64] {
    var moved: [Int64: Int64] = [:]
    var winners: [Int64] = []
    var counter: UInt64 = 0
    for place in 0..<min(prizes, tickets) {
      let taken = place + Int64(number(below: UInt64(tickets - place), &counter, block))
      winners.append((moved[taken] ?? taken) + 1)
      moved[taken] = moved[place] ?? place
    }
    return winners
  }

  private static func number(below range: UInt64, _ counter: inout UInt64, _ block: (UInt64) -> [UInt8]) -> UInt64 {
    let passedOver = (0 &- range) % range
    while true {
      let drawn = block(counter).prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
      counter += 1
      if drawn >= passedOver { return drawn % range }
    }
  }

  /// What the block of a counter is the code of, under the seed.
  static func message(of draw: PrizeDraw, _ counter: UInt64) -> [UInt8] {
    let chain = draw.chain.map { byte in (byte < 16 ? "0" : "") + String(byte, radix: 16) }.joined()
    return Array("\(draw.code)|\(draw.tickets)|\(chain)|\(counter)".utf8)
  }
}
