import Foundation

@testable import Loyalty

/// Wallets and cards as a person would keep them on paper: the oracle of the random histories.
///
/// It shares no code with the service but the calendar and `ValueParts`. It keeps no ledger and no rows: lists of lots that holds, returns
/// and the clock work on.
struct ValueModel {
  struct Lot {
    var store: String
    var soldAt: Date
    var parts: ValueParts
  }

  struct Account {
    var lots: [Lot] = []
    var expiresAt: Date
    var isFrozen = false
    var held = ValueParts.nothing

    var parts: ValueParts { lots.reduce(.nothing) { $0 + $1.parts } }
  }

  struct Draw {
    var lot: Int
    var drawn: ValueParts
    var givenBack = ValueParts.nothing
  }

  struct Order {
    enum State { case held, committed, cancelled }
    var state: State
    /// Account → what it paid from which of its lots, in the order of drawing.
    var payments: [String: [Draw]]
    var returns: [String: [(String, Int64)]] = [:]

    func paid(_ account: String) -> ValueParts { payments[account]!.reduce(.nothing) { $0 + $1.drawn } }
    func givenBack(_ account: String) -> ValueParts { payments[account]!.reduce(.nothing) { $0 + $1.givenBack } }
  }

  let calendar: ProgramCalendar
  var accounts: [String: Account] = [:]
  private(set) var orders: [String: Order] = [:]
  /// Selling store, redeeming store → what is owed.
  private(set) var owed: [[String]: ValueParts] = [:]

  // MARK: What one sees

  func spendable(_ id: String, at now: Date) -> ValueParts {
    guard let account = accounts[id], !account.isFrozen, account.expiresAt > now else { return .nothing }
    return account.parts
  }

  /// By selling store, what is not lapsed.
  func liability(at now: Date) -> [String: ValueParts] {
    var sums: [String: ValueParts] = [:]
    for account in accounts.values where account.expiresAt > now {
      for lot in account.lots { sums[lot.store, default: .nothing] += lot.parts }
    }
    for order in orders.values where order.state == .held {
      for (id, draws) in order.payments {
        for draw in draws { sums[accounts[id]!.lots[draw.lot].store, default: .nothing] += draw.drawn }
      }
    }
    return sums.filter { !$0.value.isNothing }
  }

  // MARK: What happens; false: refused

  mutating func load(_ id: String, _ parts: ValueParts, store: String, at now: Date) -> Bool {
    guard let account = accounts[id], !account.isFrozen, account.expiresAt > now else { return false }
    accounts[id]!.lots.append(Lot(store: store, soldAt: now, parts: parts))
    return true
  }

  mutating func hold(_ order: String, _ payments: [(String, Int64)], at now: Date) -> Bool {
    guard payments.allSatisfy({ spendable($0.0, at: now).total >= $0.1 }) else { return false }
    var drawn: [String: [Draw]] = [:]
    for (id, amount) in payments {
      lapse(id, at: now)
      let all = accounts[id]!.parts
      // In proportion, by largest remainder, principal first: as the histories' policy says.
      let exact = (Double(amount) * Double(all.principal), Double(all.total))
      var principal = Int64((Int128(amount) * Int128(all.principal)) / Int128(max(1, all.total)))
      let remainder = exact.0 - Double(principal) * exact.1
      if remainder * 2 >= exact.1, remainder > 0 { principal += 1 }
      drawn[id] = draw(ValueParts(principal: principal, bonus: amount - principal), from: id)
      accounts[id]!.held += ValueParts(principal: principal, bonus: amount - principal)
    }
    orders[order] = Order(state: .held, payments: drawn)
    return true
  }

  mutating func commit(_ id: String, redeemingAt store: String, at now: Date) {
    guard let order = orders[id], order.state == .held else { return }
    orders[id]!.state = .committed
    for (account, draws) in order.payments {
      lapse(account, at: now)
      accounts[account]!.held -= order.paid(account)
      for draw in draws { owed[[accounts[account]!.lots[draw.lot].store, store], default: .nothing] += draw.drawn }
    }
  }

  mutating func cancel(_ id: String, at now: Date) {
    guard let order = orders[id] else {
      orders[id] = Order(state: .cancelled, payments: [:])
      return
    }
    guard order.state == .held else { return }
    orders[id]!.state = .cancelled
    for (account, draws) in order.payments {
      accounts[account]!.held -= order.paid(account)
      for draw in draws { accounts[account]!.lots[draw.lot].parts += draw.drawn }
      lapse(account, at: now)
    }
  }

  mutating func giveBack(_ id: String, as returnID: String, _ refunds: [(String, Int64)], redeemingAt store: String, at now: Date) {
    orders[id]!.returns[returnID] = refunds
    for (account, amount) in refunds where amount > 0 {
      lapse(account, at: now)
      let (paid, before) = (orders[id]!.paid(account), orders[id]!.givenBack(account))
      let after = before.total + amount
      let principal = Int64(Int128(paid.principal) * Int128(after) / Int128(paid.total))
      var left = ValueParts(principal: principal, bonus: after - principal) - before
      for index in orders[id]!.payments[account]!.indices.reversed() {
        let draw = orders[id]!.payments[account]![index]
        let room = draw.drawn - draw.givenBack
        let part = ValueParts(principal: min(left.principal, room.principal), bonus: min(left.bonus, room.bonus))
        orders[id]!.payments[account]![index].givenBack += part
        accounts[account]!.lots[draw.lot].parts += part
        owed[[accounts[account]!.lots[draw.lot].store, store], default: .nothing] -= part
        left -= part
      }
      if accounts[account]!.expiresAt <= now { accounts[account]!.expiresAt = calendar.expiry(of: now, days: 30) }
    }
  }

  mutating func transfer(_ source: String, _ target: String, at now: Date) -> Bool {
    lapse(source, at: now)
    guard let from = accounts[source], let to = accounts[target], !from.isFrozen, !from.parts.isNothing, !to.isFrozen,
      to.expiresAt > now
    else { return false }
    for index in drawingOrder(source) where !from.lots[index].parts.isNothing {
      accounts[target]!.lots.append(from.lots[index])
      accounts[source]!.lots[index].parts = .nothing
    }
    return true
  }

  // MARK: Parts

  private func drawingOrder(_ id: String) -> [Int] {
    let lots = accounts[id]!.lots
    return lots.indices.sorted { (lots[$0].soldAt, $0) < (lots[$1].soldAt, $1) }
  }

  private mutating func draw(_ parts: ValueParts, from id: String) -> [Draw] {
    var left = parts
    var draws: [Draw] = []
    for index in drawingOrder(id) {
      let lot = accounts[id]!.lots[index].parts
      let part = ValueParts(principal: min(left.principal, lot.principal), bonus: min(left.bonus, lot.bonus))
      guard !part.isNothing else { continue }
      accounts[id]!.lots[index].parts -= part
      draws.append(Draw(lot: index, drawn: part))
      left -= part
    }
    return draws
  }

  private mutating func lapse(_ id: String, at now: Date) {
    guard accounts[id]!.expiresAt <= now else { return }
    for index in accounts[id]!.lots.indices { accounts[id]!.lots[index].parts = .nothing }
  }
}
