import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

/// Random histories of rewards and tickets, their calls sent again under their references, against a plain list of what happened: after each step points,
/// stock and limits are those of the list, and after each fifth the books are sound. A failure names its seed, which belongs into `seeds`.
@Suite struct RandomRewardTests {
  private static let seeds: [UInt64] = [11, 12, 20_261_123]
  private static let stepsPerHistory = 100

  @Test("Every point and every piece is there once, whatever is repeated, lapses, is taken in part or taken back", arguments: seeds)
  func history(seed: UInt64) async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-31T08:00:00Z")
      try await rig.publish { $0.expireAfterMonths = 0 }
      try await rig.publishReward(stock: 12) { ($0.memberLimit, $0.totalLimit) = (8, 14) }
      try await rig.publishDraw { $0.closeTime = GoogleProtobuf.Timestamp(instant("2027-03-01T00:00:00Z")) }
      for member in RewardHistory.members { try await rig.adjust(1_500, of: member) }
      let history = RewardHistory(rig, seed: seed)
      for step in 1...Self.stepsPerHistory {
        let what = try await history.step()
        let comment: Comment = "seed \(seed), step \(step): \(what)"
        for member in RewardHistory.members {
          let balance = try await rig.balance(member)
          #expect(balance.spendablePoints == history.spendable(of: member), comment)
          #expect(balance.heldPoints == history.held(by: member), comment)
        }
        let stock = try await rig.rewardStock()
        #expect((stock.stock, stock.held, stock.used) == (history.stock, history.heldPieces, history.usedPieces), comment)
        #expect(stock.held + stock.used <= stock.stock ?? .max, comment)
        if step.isMultiple(of: LoyaltyRig.stepsBetweenVerifies) { try await rig.expectSound(comment) }
      }
      try await history.finish(byRunning: seed % 2 == 1)
      for member in RewardHistory.members {
        #expect(try await rig.balance(member).spendablePoints == history.spendable(of: member), "seed \(seed), after the draw")
      }
      try await rig.expectSound("seed \(seed), after the draw")
    }
  }
}

private final class RewardHistory {
  static let members = ["mem_a", "mem_b", "mem_c"]
  private static let price: Int64 = 100

  private struct Taken {
    var request: LoyaltyV1.HoldRewardRequest
    var id: String
    var quantity: Int64
    var heldUntil: Date
    var state: LoyaltyV1.RedemptionState
    var reversed: Int64 = 0
    /// Reversed and thrown away.
    var lost: Int64 = 0

    func isHeld(at now: Date) -> Bool { state == .held && now < heldUntil }
    func counts(at now: Date) -> Bool { isHeld(at: now) || state == .committed }
  }

  let rig: LoyaltyRig
  private var random: SeededRandom
  private(set) var stock: Int64 = 12
  private var points: [String: Int64] = ["mem_a": 1_500, "mem_b": 1_500, "mem_c": 1_500]
  private var taken: [Taken] = []
  private var tickets: [(request: LoyaltyV1.BuyTicketsRequest, purchase: LoyaltyV1.TicketPurchase?)] = []
  private var lastReversal: (request: LoyaltyV1.ReverseRedemptionRequest, points: Int64)?

  init(_ rig: LoyaltyRig, seed: UInt64) {
    self.rig = rig
    random = SeededRandom(seed: seed)
  }

  private func sum(_ quantity: (Taken) -> Int64) -> Int64 { taken.reduce(0) { $0 + quantity($1) } }

  func held(by member: String) -> Int64 {
    let now = rig.now
    return sum { $0.request.memberID == member && $0.isHeld(at: now) ? $0.quantity * Self.price : 0 }
  }

  func spendable(of member: String) -> Int64 {
    let spent = sum { $0.request.memberID == member && $0.state == .committed ? ($0.quantity - $0.reversed) * Self.price : 0 }
    let bought = tickets.reduce(0) { $1.request.memberID == member ? $0 + $1.request.tickets * 10 : $0 }
    return (points[member] ?? 0) - spent - bought - held(by: member)
  }

  var heldPieces: Int64 {
    let now = rig.now
    return sum { $0.isHeld(at: now) ? $0.quantity : 0 }
  }

  var usedPieces: Int64 { sum { $0.state == .committed ? $0.quantity - $0.reversed + $0.lost : 0 } }

  private func attempt(_ call: () async throws -> Void) async throws -> Bool {
    do {
      try await call()
      return true
    } catch let error as RPCError {
      #expect(error.code == .failedPrecondition, "\(error)")
      return false
    }
  }

  func step() async throws -> String {
    switch random.next() % 14 {
    case 0...2: return try await hold()
    case 3: return try await again()
    case 4...5: return try await commit()
    case 6: return try await cancel()
    case 7...8: return try await reverse()
    case 9: return try await move()
    case 10: return try await adjust()
    case 11...12: return try await buy()
    default:
      rig.service.clock.advance(by: .seconds(Int64(random.next() % 1_500)))
      if random.next() % 2 == 0 { try await rig.poster().pass() }
      return "time passes"
    }
  }

  private func hold() async throws -> String {
    let (now, member) = (rig.now, Self.members.randomElement(using: &random) ?? "mem_a")
    let quantity = Int64(random.next() % 3 + 1)
    let request = rig.rewardRequest(quantity, member)
    let ofMember = sum { $0.request.memberID == member && $0.counts(at: now) ? $0.quantity - $0.reversed : 0 }
    let ofAll = sum { $0.counts(at: now) ? $0.quantity - $0.reversed : 0 }
    let isExpected =
      heldPieces + usedPieces + quantity <= stock && ofMember + quantity <= 8 && ofAll + quantity <= 14
      && quantity * Self.price <= spendable(of: member)
    var made: LoyaltyV1.Redemption?
    let isDone = try await attempt { made = try await rig.rewards.holdReward(request).redemption }
    #expect(isDone == isExpected)
    guard let made else { return "no hold of \(quantity)" }
    taken.append(
      Taken(request: request, id: made.redemptionID, quantity: quantity, heldUntil: now.addingTimeInterval(900), state: .held))
    return "a hold of \(quantity)"
  }

  /// The same under another request id: what was made then, and nothing new.
  private func again() async throws -> String {
    if let last = lastReversal, random.next() % 2 == 0 {
      var request = last.request
      request.requestID = rig.freshID()
      #expect(try await rig.rewards.reverseRedemption(request).pointsGivenBack == last.points)
      return "a reversal again"
    }
    guard let one = taken.randomElement(using: &random) else { return "nothing to repeat" }
    var request = one.request
    request.requestID = rig.freshID()
    #expect(try await rig.rewards.holdReward(request).redemption?.redemptionID == one.id)
    return "a hold again"
  }

  private func commit() async throws -> String {
    guard let index = taken.indices.filter({ taken[$0].state == .held }).randomElement(using: &random) else { return "nothing held" }
    let one = taken[index]
    let quantity = Int64(random.next() % UInt64(one.quantity)) + 1
    let isExpected = one.isHeld(at: rig.now)
    let isDone = try await attempt {
      for _ in 0..<2 { try await rig.commitReward(one.id, quantity) }
    }
    #expect(isDone == isExpected)
    if isDone { (taken[index].state, taken[index].quantity) = (.committed, quantity) }
    return "\(quantity) of \(one.quantity) are taken"
  }

  private func cancel() async throws -> String {
    guard let index = taken.indices.filter({ taken[$0].state == .held }).randomElement(using: &random) else { return "nothing held" }
    for _ in 0..<2 { try await rig.cancelReward(taken[index].id) }
    taken[index].state = .cancelled
    return "cancelled"
  }

  private func reverse() async throws -> String {
    guard let index = taken.indices.filter({ taken[$0].state == .committed }).randomElement(using: &random) else { return "nothing taken" }
    let (quantity, restock) = (Int64(random.next() % 2 + 1), random.next() % 2 == 0)
    let request = LoyaltyV1.ReverseRedemptionRequest(
      requestID: rig.freshID(), reference: rig.freshID(), redemptionID: taken[index].id, quantity: quantity, restock: restock,
      reason: "broken")
    let isDone = try await attempt { _ = try await rig.rewards.reverseRedemption(request) }
    #expect(isDone == (quantity <= taken[index].quantity - taken[index].reversed))
    guard isDone else { return "no reversal" }
    taken[index].reversed += quantity
    if !restock { taken[index].lost += quantity }
    lastReversal = (request, quantity * Self.price)
    return "\(quantity) are taken back"
  }

  private func move() async throws -> String {
    let delta = Int64(random.next() % 9) - 4
    guard delta != 0 else { return "no movement" }
    let isDone = try await attempt { try await rig.stockReward(delta) }
    #expect(isDone == (stock + delta >= heldPieces + usedPieces))
    if isDone { stock += delta }
    return "a movement of \(delta)"
  }

  private func buy() async throws -> String {
    if let one = tickets.randomElement(using: &random), random.next() % 3 == 0 {
      var request = one.request
      request.requestID = rig.freshID()
      #expect(try await rig.rewards.buyTickets(request).purchase == one.purchase)
      return "tickets again"
    }
    let member = Self.members.randomElement(using: &random) ?? "mem_a"
    let request = rig.ticketRequest(Int64(random.next() % 3 + 1), member)
    let isExpected = request.tickets * 10 <= spendable(of: member)
    var purchase: LoyaltyV1.TicketPurchase?
    #expect(try await attempt { purchase = try await rig.rewards.buyTickets(request).purchase } == isExpected)
    guard let purchase else { return "no tickets" }
    #expect(purchase.firstNumber == tickets.reduce(1) { $0 + $1.request.tickets })
    tickets.append((request, purchase))
    return "\(request.tickets) tickets"
  }

  /// Runs the draw, whose winners are the tickets' owners, or calls it off.
  func finish(byRunning isRun: Bool) async throws {
    rig.setClock("2027-03-01T00:00:00Z")
    guard isRun else {
      try await rig.cancelDraw()
      tickets = []
      return
    }
    let draw = try await rig.runDraw()
    for (index, number) in IndependentDraw.winners(of: draw).enumerated() where (1...2).contains(index) {
      let owner = tickets.first { ticket in
        guard let bought = ticket.purchase else { return false }
        return (bought.firstNumber..<bought.firstNumber + bought.tickets).contains(number)
      }
      points[owner?.request.memberID ?? "", default: 0] += 50
    }
  }

  private func adjust() async throws -> String {
    let member = Self.members.randomElement(using: &random) ?? "mem_a"
    try await rig.adjust(50, of: member)
    points[member, default: 0] += 50
    return "50 points"
  }
}
