import Foundation
import PatronAPI
import RPC

/// A tenth of the day's orders, chosen by a seed, comes back in part or whole.
enum DemoReturns {
  static let seed: UInt64 = 20_171_224
  private static let share = 10

  struct Outcome: Sendable {
    let basketNumber: String
    let result: Result<InventoryV1.OrderReturn, Refusal>
  }

  struct Refusal: Error, Sendable {
    let reason: String
    let message: String
  }

  /// The same orders, lines and quantities in every run on the same sales.
  static func requests(for sales: [DemoSale]) -> [(basketNumber: String, request: GatewayV1.ReturnRequest)] {
    var random = SplitMix64(state: seed)
    let accepted = sales.filter { $0.receipt != nil }.sorted { $0.basket.number < $1.basket.number }.shuffled(using: &random)
    return accepted.prefix(accepted.count / share).map { sale in
      let order = sale.receipt!.order!
      let goods = order.lines.filter { $0.kind != .adjustment && $0.quantity > 0 }
      var lines: [GatewayV1.ReturnLine] = []
      if goods.count > 1, Bool.random(using: &random) {
        let chosen = goods.shuffled(using: &random).prefix(Int.random(in: 1..<goods.count, using: &random))
        lines = chosen.sorted { $0.lineNumber < $1.lineNumber }.map { line in
          GatewayV1.ReturnLine(lineNumber: line.lineNumber, quantity: Int64.random(in: 1...line.quantity, using: &random))
        }
      }
      return (
        sale.basket.number,
        GatewayV1.ReturnRequest(
          requestID: "demo-return-\(sale.basket.number)", orderID: order.orderID, lines: lines, reason: "brought back",
          tillID: "till-returns")
      )
    }
  }
}

/// Sebastiano Vigna's SplitMix64: a small generator whose sequence is the same on every machine and with every Swift.
struct SplitMix64: RandomNumberGenerator {
  var state: UInt64

  mutating func next() -> UInt64 {
    state &+= 0x9E37_79B9_7F4A_7C15
    var mixed = state
    mixed = (mixed ^ (mixed >> 30)) &* 0xBF58_476D_1CE4_E5B9
    mixed = (mixed ^ (mixed >> 27)) &* 0x94D0_49BB_1331_11EB
    return mixed ^ (mixed >> 31)
  }
}
