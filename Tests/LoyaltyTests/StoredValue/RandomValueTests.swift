import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

/// Random histories of everything that can happen to wallets and cards, in any order and sent more than once, against `ValueModel`. After each
/// step the accounts, the liability and the settlement are the model's, and after each fifth the books are sound. A failure names its seed, which belongs into
/// `seeds`.
@Suite struct RandomValueTests {
  private static let seeds: [UInt64] = [1, 2, 3, 20_261_122]
  private static let stepsPerHistory = 110

  @Test("Every account and every store's debt is what a person would have on paper, after every step", arguments: seeds)
  func history(seed: UInt64) async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishPolicy(zone: "America/New_York") {
        ($0.spendOrder, $0.anonymousCardMonths) = (.proportional, 2)
      }
      try await rig.publishBonus([(500, 77)], in: "XX")
      let history = try await ValueHistory(rig, seed: seed)
      for step in 1...Self.stepsPerHistory {
        let what = try await history.step()
        let comment: Comment = "seed \(seed), step \(step): \(what)"
        try await history.compare(comment)
        if step.isMultiple(of: LoyaltyRig.stepsBetweenVerifies) { try await rig.expectSound(comment) }
      }
    }
  }
}

private final class ValueHistory {
  private static let stores = ["sto_1", "sto_2", "sto_3"]

  let rig: LoyaltyRig
  private var model: ValueModel
  private var random: SeededRandom
  private let wallet: String
  private let accounts: [String]
  private let start: Date
  private var storeOfOrder: [String: String] = [:]
  private var made = 0

  init(_ rig: LoyaltyRig, seed: UInt64) async throws {
    self.rig = rig
    random = SeededRandom(seed: seed)
    start = rig.now
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "America/New_York"))
    model = ValueModel(calendar: calendar)
    wallet = try await rig.wallet(in: "XX")
    model.accounts[wallet] = ValueModel.Account(expiresAt: ProgramCalendar.never)
    var all = [wallet]
    for number in 0..<3 {
      rig.service.clock.advance(by: .seconds(1))
      let card = try await rig.card(400, in: "XX", store: Self.stores[number]).accountID
      model.accounts[card] = ValueModel.Account(expiresAt: calendar.expiry(of: rig.now, by: .months(2)))
      _ = model.load(card, ValueParts(principal: 400), store: Self.stores[number], at: rig.now)
      all.append(card)
    }
    accounts = all
  }

  func compare(_ comment: Comment) async throws {
    let now = rig.now
    for id in accounts {
      let found = try await rig.account(id)
      #expect(ValueParts(principal: found.spendablePrincipal, bonus: found.spendableBonus) == model.spendable(id, at: now), comment)
      #expect(ValueParts(principal: found.heldPrincipal, bonus: found.heldBonus) == model.accounts[id]?.held, comment)
    }
    let liability = try await rig.value.reportLiability(LoyaltyV1.ReportLiabilityRequest(currencyCode: "USD", pageSize: 500)).lines
    let owedToCustomers = Dictionary(
      uniqueKeysWithValues: liability.map { ($0.sellingStoreID, ValueParts(principal: $0.principal, bonus: $0.bonus)) })
    #expect(owedToCustomers.filter { !$0.value.isNothing } == model.liability(at: now), comment)
    let settlement = try await rig.value.reportSettlement(
      LoyaltyV1.ReportSettlementRequest(
        currencyCode: "USD", startTime: GoogleProtobuf.Timestamp(start), endTime: GoogleProtobuf.Timestamp(now.addingTimeInterval(1)),
        pageSize: 500)
    ).lines
    let owed = Dictionary(
      uniqueKeysWithValues: settlement.map {
        ([$0.sellingStoreID, $0.redeemingStoreID], ValueParts(principal: $0.principal, bonus: $0.bonus))
      })
    #expect(owed.filter { !$0.value.isNothing } == model.owed.filter { !$0.value.isNothing }, comment)
  }

  /// Does one thing, and says what. Each second brings at most one, so that lots were sold one after the other.
  func step() async throws -> String {
    rig.service.clock.advance(by: .seconds(1))
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<18: return try await load()
    case 18..<42: return try await hold()
    case 42..<60: return try await commit()
    case 60..<67: return try await cancel()
    case 67..<82: return try await giveBack()
    case 82..<88: return try await transfer()
    case 88..<94: return try await freeze()
    default: return moveClock()
    }
  }

  // MARK: Steps

  private func load() async throws -> String {
    let (id, amount) = (accounts.randomElement(using: &random) ?? wallet, Int64.random(in: 1...900, using: &random))
    let store = Self.stores.randomElement(using: &random) ?? "sto_1"
    let bonus: Int64 = id == wallet && amount >= 500 ? 77 : 0
    let isDone = model.load(id, ValueParts(principal: amount, bonus: bonus), store: store, at: rig.now)
    let reference = rig.freshID()
    try await send(isDone ? [] : ["ACCOUNT_NOT_ACTIVE", "CARD_EXPIRED"]) { requestID in
      let reply = try await rig.value.topUp(rig.topUpRequest(id, amount, store: store, reference: reference, requestID: requestID))
      #expect(reply.bonus == bonus)
    }
    return "load \(amount) into \(id) at \(store)"
  }

  private func hold() async throws -> String {
    made += 1
    let (id, store) = ("ord_\(made)", Self.stores.randomElement(using: &random) ?? "sto_1")
    let payers = accounts.shuffled(using: &random).prefix(Int.random(in: 1...2, using: &random)).sorted()
    let payments = payers.map { payer -> (String, Int64) in
      let spendable = model.spendable(payer, at: rig.now).total
      return (payer, Int64.random(in: 1...max(2, spendable + spendable / 8), using: &random))
    }
    let isHeld = model.hold(id, payments, at: rig.now)
    if isHeld { storeOfOrder[id] = store }
    let request = try await rig.scanned(rig.valueHoldRequest(id, payments, member: "mem_a", store: store))
    try await send(isHeld ? [] : ["INSUFFICIENT_STORED_VALUE", "ACCOUNT_NOT_ACTIVE", "CARD_EXPIRED"]) { requestID in
      var request = request
      request.requestID = requestID
      _ = try await rig.holds.hold(request)
    }
    return "hold \(id) at \(store): \(payments)"
  }

  private func commit() async throws -> String {
    guard let (id, order) = pick({ _ in true }) else { return "nothing to commit" }
    model.commit(id, redeemingAt: storeOfOrder[id] ?? "", at: rig.now)
    try await send(order.state == .cancelled ? ["HOLD_CANCELLED"] : []) { requestID in _ = try await rig.commit(id, requestID: requestID) }
    return "commit \(id)"
  }

  private func cancel() async throws -> String {
    guard let (id, order) = pick({ _ in true }) else { return "nothing to cancel" }
    model.cancel(id, at: rig.now)
    try await send(order.state == .committed ? ["HOLD_COMMITTED"] : []) { requestID in try await rig.cancel(id, requestID: requestID) }
    return "cancel \(id)"
  }

  private func giveBack() async throws -> String {
    guard let (id, order) = pick({ $0.state == .committed }) else { return "nothing to return" }
    if let (returnID, refunds) = order.returns.first, Int.random(in: 0..<4, using: &random) == 0 {
      try await send([]) { requestID in try await rig.giveBack(returnID, of: id, refunds, requestID: requestID) }
      return "\(returnID) of \(id) again"
    }
    made += 1
    let returnID = "ret_\(made)"
    let refunds = order.payments.keys.sorted().map { account -> (String, Int64) in
      let left = order.paid(account).total - order.givenBack(account).total
      return (account, Bool.random(using: &random) ? left : Int64.random(in: 0...left, using: &random))
    }
    model.giveBack(id, as: returnID, refunds, redeemingAt: storeOfOrder[id] ?? "", at: rig.now)
    try await send([]) { requestID in
      let reply = try await rig.giveBack(returnID, of: id, refunds, requestID: requestID)
      #expect(reply.storedValue.reduce(0) { $0 + $1.principal + $1.bonus } == refunds.reduce(0) { $0 + $1.1 })
    }
    return "\(returnID) of \(id): \(refunds)"
  }

  private func transfer() async throws -> String {
    let pair = accounts.shuffled(using: &random).prefix(2)
    let (source, target, reference) = (pair[0], pair[1], rig.freshID())
    let isDone = model.transfer(source, target, at: rig.now)
    try await send(isDone ? [] : ["NOTHING_TO_TRANSFER", "ACCOUNT_NOT_ACTIVE", "CARD_EXPIRED"]) { requestID in
      _ = try await rig.value.transferBalance(
        LoyaltyV1.TransferBalanceRequest(
          requestID: requestID, reference: reference, fromAccountID: source, toAccountID: target, reason: "moved"))
    }
    return "transfer \(source) to \(target)"
  }

  private func freeze() async throws -> String {
    let id = accounts.randomElement(using: &random) ?? wallet
    let isFrozen = model.accounts[id]?.isFrozen ?? false
    model.accounts[id]?.isFrozen = !isFrozen
    try await send([]) { requestID in
      if isFrozen {
        _ = try await rig.value.unfreezeAccount(LoyaltyV1.UnfreezeAccountRequest(requestID: requestID, accountID: id, reason: "found"))
      } else {
        _ = try await rig.value.freezeAccount(LoyaltyV1.FreezeAccountRequest(requestID: requestID, accountID: id, reason: "lost"))
      }
    }
    return "\(isFrozen ? "unfreeze" : "freeze") \(id)"
  }

  private func moveClock() -> String {
    let days = Int.random(in: 1...25, using: &random)
    rig.advance(days: days)
    return "\(days) days pass"
  }

  // MARK: Parts

  private func pick(_ isWanted: (ValueModel.Order) -> Bool) -> (id: String, order: ValueModel.Order)? {
    let candidates = storeOfOrder.keys.sorted().filter { model.orders[$0].map(isWanted) ?? false }
    guard let id = candidates.randomElement(using: &random), let order = model.orders[id] else { return nil }
    return (id, order)
  }

  /// Sends a call once, twice under one request id, or twice under two: each is refused for one of `reasons`, or succeeds when there is none.
  private func send(_ reasons: Set<String>, _ call: (String) async throws -> Void) async throws {
    let first = rig.freshID()
    let requestIDs = [[first], [first, first], [first, rig.freshID()]].randomElement(using: &random) ?? [first]
    for requestID in requestIDs {
      if reasons.isEmpty {
        try await call(requestID)
      } else {
        let refused = try await refusal { try await call(requestID) }
        #expect(reasons.contains(refused.reason))
      }
    }
  }
}
