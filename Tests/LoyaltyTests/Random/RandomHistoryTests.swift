import Foundation
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

/// Random histories of everything that can happen to members' points, in any order and sent more than once, against `PointsModel`.
/// After each step the balances are the model's and the books are sound. A failure names its seed, which belongs into `seeds`.
@Suite struct RandomHistoryTests {
  private static let seeds: [UInt64] = [1, 2, 3, 20_261_122, 0xDEAD_BEEF]
  private static let stepsPerHistory = 120

  @Test("Every balance is what a person would have on paper, after every step", arguments: seeds)
  func history(seed: UInt64) async throws {
    try await LoyaltyRig.run { rig in
      let rule = try await rig.publish {
        ($0.expireAfterMonths, $0.activateAfterDays, $0.timeZone) = (2, 5, "America/New_York")
      }
      let calendar = try #require(ProgramCalendar(timeZoneIdentifier: rule.timeZone))
      let members = ["mem_a", "mem_b"]
      let model = PointsModel(calendar: calendar, expireAfterMonths: 2, activateAfterDays: 5)
      let history = History(rig: rig, models: Dictionary(uniqueKeysWithValues: members.map { ($0, model) }), seed: seed)
      for step in 1...Self.stepsPerHistory {
        let what = try await history.step()
        let comment: Comment = "seed \(seed), step \(step): \(what)"
        for member in members { try await history.compare(member, comment) }
        try await rig.expectSound(comment)
      }
      try await rig.expectReportsAgree(members: members, "seed \(seed)")
    }
  }
}

private final class History {
  let rig: LoyaltyRig
  var models: [String: PointsModel]
  var random: SeededRandom
  private var ordersMade = 0
  private var returnsMade = 0
  private var owners: [String: String] = [:]

  init(rig: LoyaltyRig, models: [String: PointsModel], seed: UInt64) {
    self.rig = rig
    self.models = models
    self.random = SeededRandom(seed: seed)
  }

  func compare(_ member: String, _ comment: Comment) async throws {
    let found = try await rig.balance(member)
    guard let model = models[member] else { return }
    let now = rig.now
    #expect(found.spendablePoints == model.spendable(at: now), comment)
    #expect(found.pendingPoints == model.pending(at: now), comment)
    #expect(found.heldPoints == model.held, comment)
    #expect(found.debtPoints == model.debt, comment)
    #expect(found.growthValue == model.growthValue(at: now), comment)
    #expect(found.lifetimeEarnedPoints == model.lifetimeEarned, comment)
    #expect(found.lifetimeSpentPoints == model.lifetimeSpent, comment)
    // Lot by lot: the schedule that the member sees.
    let expected = model.lots.filter { $0.held > 0 || ($0.remaining > 0 && $0.expiresAt > now) }
      .map { [$0.expiresAt.timeIntervalSince1970, Double($0.expiresAt > now ? $0.remaining : 0), Double($0.held)] }
      .sorted { $0.lexicographicallyPrecedes($1) }
    let lots = try await rig.lots(member)
      .map { [$0.expireTime?.date.timeIntervalSince1970 ?? 0, Double($0.remainingPoints), Double($0.heldPoints)] }
      .sorted { $0.lexicographicallyPrecedes($1) }
    #expect(lots == expected, comment)
  }

  /// Does one thing, and says what.
  func step() async throws -> String {
    let member = Bool.random(using: &random) ? "mem_a" : "mem_b"
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<25: return try await hold(member)
    case 25..<45: return try await commit()
    case 45..<53: return try await cancel()
    case 53..<73: return try await reverse()
    case 73..<83: return try await adjust(member)
    default: return moveClock()
    }
  }

  // MARK: Steps

  private func hold(_ member: String) async throws -> String {
    ordersMade += 1
    let id = "ord_\(ordersMade)"
    let now = rig.now
    let spendable = models[member]?.spendable(at: now) ?? 0
    let wants = Bool.random(using: &random) ? 0 : Int64.random(in: 1...max(2, spendable + spendable / 4), using: &random)
    let net = Int64.random(in: -300...20_000, using: &random)
    let request = try await rig.holdRequest(id, member, spending: wants, netSpend: net)
    let decision = request.earn ?? LoyaltyV1.EarnDecision()
    let isHeld =
      models[member]?.hold(id, spend: wants, earn: decision.points, growth: decision.growthValue, at: now) ?? false
    if isHeld { owners[id] = member }
    try await send(expecting: isHeld ? nil : "INSUFFICIENT_POINTS") { requestID in
      var request = request
      request.requestID = requestID
      _ = try await rig.holds.hold(request)
    }
    return "hold \(id) of \(member): spend \(wants), net \(net)"
  }

  private func commit() async throws -> String {
    guard let (id, member, order) = pick({ _ in true }) else { return "nothing to commit" }
    models[member]?.commit(id, at: rig.now)
    try await send(expecting: order.state == .cancelled ? "HOLD_CANCELLED" : nil) { requestID in
      _ = try await rig.commit(id, requestID: requestID)
    }
    return "commit \(id)"
  }

  private func cancel() async throws -> String {
    // One in four cancels an order that was never held, and then tries to hold it.
    if Int.random(in: 0..<4, using: &random) == 0 {
      ordersMade += 1
      let id = "ord_\(ordersMade)"
      try await send(expecting: nil) { requestID in _ = try await rig.cancel(id, requestID: requestID) }
      let request = try await rig.holdRequest(id, netSpend: 5_000)
      try await send(expecting: "HOLD_CANCELLED") { requestID in
        var request = request
        request.requestID = requestID
        _ = try await rig.holds.hold(request)
      }
      return "cancel before hold \(id)"
    }
    guard let (id, member, order) = pick({ _ in true }) else { return "nothing to cancel" }
    models[member]?.cancel(id, at: rig.now)
    try await send(expecting: order.state == .committed ? "HOLD_COMMITTED" : nil) { requestID in
      _ = try await rig.cancel(id, requestID: requestID)
    }
    return "cancel \(id)"
  }

  private func reverse() async throws -> String {
    guard let (id, member, order) = pick({ $0.state == .committed }) else { return "nothing to return" }
    if let (returnID, part) = order.returns.first, Int.random(in: 0..<4, using: &random) == 0 {
      try await send(expecting: nil) { requestID in
        _ = try await rig.reverse(returnID, of: id, from: part.from, to: part.to, of: 1_000, requestID: requestID)
      }
      return "\(returnID) of \(id) again"
    }
    returnsMade += 1
    let returnID = "ret_\(returnsMade)"
    let after = Bool.random(using: &random) ? 1_000 : Int64.random(in: order.refunded...1_000, using: &random)
    let expected = models[member]?.reverse(id, returnID: returnID, to: after, at: rig.now) ?? (taken: 0, given: 0)
    try await send(expecting: nil) { requestID in
      let reply = try await rig.reverse(returnID, of: id, from: order.refunded, to: after, of: 1_000, requestID: requestID)
      #expect((reply.pointsTakenBack, reply.pointsGivenBack) == (expected.taken, expected.given))
    }
    return "\(returnID) of \(id): \(order.refunded) to \(after) of 1000"
  }

  private func adjust(_ member: String) async throws -> String {
    let points = Bool.random(using: &random) ? Int64.random(in: 1...200, using: &random) : Int64.random(in: -150 ... -1, using: &random)
    let isDone = models[member]?.adjust(points, at: rig.now) ?? false
    let requestID = rig.freshID()
    // An adjustment has no business key: only its request id keeps it from happening twice.
    for _ in 0..<2 {
      try await expect(isDone ? nil : "INSUFFICIENT_POINTS") { _ = try await rig.adjust(points, of: member, requestID: requestID) }
    }
    return "adjust \(member) by \(points)"
  }

  private func moveClock() -> String {
    let seconds = Bool.random(using: &random) ? Int.random(in: 1...86_400, using: &random) : Int.random(in: 1...40, using: &random) * 86_400
    rig.service.clock.advance(by: .seconds(seconds))
    return "\(seconds) seconds pass"
  }

  // MARK: Parts

  private func pick(_ isWanted: (PointsModel.Order) -> Bool) -> (id: String, member: String, order: PointsModel.Order)? {
    let candidates = owners.keys.sorted().filter { id in models[owners[id] ?? ""]?.orders[id].map(isWanted) ?? false }
    guard let id = candidates.randomElement(using: &random), let member = owners[id], let order = models[member]?.orders[id] else {
      return nil
    }
    return (id, member, order)
  }

  /// Sends a call once, twice under one request id, or twice under two: each is refused for `reason`, or succeeds.
  private func send(expecting reason: String?, _ call: (String) async throws -> Void) async throws {
    let first = rig.freshID()
    let requestIDs = [[first], [first, first], [first, rig.freshID()]].randomElement(using: &random) ?? [first]
    for requestID in requestIDs { try await expect(reason) { try await call(requestID) } }
  }

  private func expect(_ reason: String?, _ call: () async throws -> Void) async throws {
    guard let reason else { return try await call() }
    let refused = try await refusal(call)
    #expect(refused.reason == reason)
  }
}
