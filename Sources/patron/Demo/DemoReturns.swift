import Foundation
import PatronAPI
import RPC
import ServiceKit

/// A tenth of the day's orders, chosen by a seed, comes back in part or whole.
enum DemoReturns {
  static let seed: UInt64 = 20_171_224
  private static let share = 10

  struct Outcome: Sendable {
    let basketNumber: String
    let result: Result<InventoryV1.OrderReturn, TillJournal.Refusal>
    /// What an earlier run on the same data makes of it.
    let ending: TillJournal.Ending
  }

  /// The same orders, lines and quantities in every run on the same sales.
  static func requests(for sales: [DemoSale]) -> [(basketNumber: String, request: GatewayV1.ReturnRequest)] {
    var random = SplitMix64(seed: seed)
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
