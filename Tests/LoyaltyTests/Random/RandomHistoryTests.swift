import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

/// Random histories of everything that can happen to members' points, in any order and sent more than once, against `PointsModel`.
/// After each step the balances are the model's, and after each fifth the books are sound. A failure names its seed, which belongs into `seeds`.
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
      try await rig.allowTransfers { $0.feePerMille = 50 }
      let members = ["mem_a", "mem_b", "mem_c"]
      let model = PointsModel(calendar: calendar, expireAfterMonths: 2, activateAfterDays: 5)
      let history = History(rig: rig, models: Dictionary(uniqueKeysWithValues: members.map { ($0, model) }), seed: seed)
      for step in 1...Self.stepsPerHistory {
        let what = try await history.step()
        let comment: Comment = "seed \(seed), step \(step): \(what)"
        for member in members { try await history.compare(member, comment) }
        try await history.compareTotals(members, comment)
        if step.isMultiple(of: LoyaltyRig.stepsBetweenVerifies) { try await rig.expectSound(comment) }
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
  /// By hands, since the beginning.
  private var adjusted: Int64 = 0
  private var transfers: [(reference: String, transferID: String, points: Int64, from: String, to: String, isReversed: Bool)] = []

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

  /// Nobody has, all debts set off, more than orders earned and hands gave, less what was spent: not by any way of sending points about.
  func compareTotals(_ members: [String], _ comment: Comment) async throws {
    var (have, may) = (Int64(0), adjusted)
    for member in members {
      let found = try await rig.balance(member)
      have += found.spendablePoints + found.pendingPoints + found.heldPoints - found.debtPoints
      may += found.lifetimeEarnedPoints - found.lifetimeSpentPoints
    }
    #expect(have <= may, comment)
  }

  /// Does one thing, and says what.
  func step() async throws -> String {
    let member = ["mem_a", "mem_b", "mem_c"].randomElement(using: &random) ?? "mem_a"
    switch Int.random(in: 0..<100, using: &random) {
    case 0..<20: return try await hold(member)
    case 20..<38: return try await commit()
    case 38..<44: return try await cancel()
    case 44..<60: return try await reverse()
    case 60..<66: return try await adjust(member)
    case 66..<80: return try await transfer(member)
    case 80..<84: return try await reverseTransfer()
    case 84..<87: return try await extend(member)
    case 87..<91: return try await reinstate(member)
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
    let due = models[member]?.due(of: id, to: after) ?? 0
    if due > 0 { models.bringBack(due, of: id, by: member, at: rig.now) }
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
    if isDone { adjusted += points }
    let requestID = rig.freshID()
    // An adjustment has no business key: only its request id keeps it from happening twice.
    for _ in 0..<2 {
      try await expect(isDone ? nil : "INSUFFICIENT_POINTS") { _ = try await rig.adjust(points, of: member, requestID: requestID) }
    }
    return "adjust \(member) by \(points)"
  }

  private func transfer(_ sender: String) async throws -> String {
    let receiver = ["mem_a", "mem_b", "mem_c"].filter { $0 != sender }.randomElement(using: &random) ?? ""
    if let sent = transfers.randomElement(using: &random), Int.random(in: 0..<5, using: &random) == 0 {
      let again = try await rig.transfer(sent.reference, sent.points, from: sent.from, to: sent.to)
      #expect(again.transferID == sent.transferID)
      return "\(sent.reference) again"
    }
    let (reference, now) = ("gift-\(transfers.count + 1)", rig.now)
    let spendable = models[sender]?.spendable(at: now) ?? 0
    let points = Int64.random(in: 1...max(2, spendable + spendable / 8), using: &random)
    let fee = points * 50 / 1_000
    guard models.transfer(reference, points, fee: fee, from: sender, to: receiver, at: now) else {
      try await expect("INSUFFICIENT_POINTS") { try await rig.transfer(reference, points, from: sender, to: receiver) }
      return "\(sender) sends too much"
    }
    let sent = try await rig.transfer(reference, points, from: sender, to: receiver)
    #expect(sent.feePoints == fee)
    transfers.append((reference, sent.transferID, points, sender, receiver, false))
    return "\(sender) sends \(points) to \(receiver) as \(reference)"
  }

  private func reverseTransfer() async throws -> String {
    guard let index = transfers.indices.randomElement(using: &random) else { return "nothing was sent" }
    let sent = transfers[index]
    if !sent.isReversed {
      let expected = models.reverseTransfer(sent.reference, from: sent.from, to: sent.to, at: rig.now)
      #expect(try await rig.reverseTransfer(sent.transferID).reversedPoints == expected)
      transfers[index].isReversed = true
    }
    try await send(expecting: nil) { requestID in try await rig.reverseTransfer(sent.transferID, requestID: requestID) }
    return "\(sent.reference) is reversed"
  }

  private func extend(_ member: String) async throws -> String {
    let end = rig.now.addingTimeInterval(TimeInterval(Int.random(in: 1...90, using: &random) * 86_400))
    let isDone = models[member]?.extend(to: end, at: rig.now) ?? false
    let requestID = rig.freshID()
    for _ in 0..<2 {
      try await expect(isDone ? nil : "NOTHING_TO_EXTEND") {
        _ = try await rig.points.extendLots(
          LoyaltyV1.ExtendLotsRequest(requestID: requestID, memberID: member, expireTime: GoogleProtobuf.Timestamp(end), reason: "goodwill")
        )
      }
    }
    return "the points of \(member) end at \(end)"
  }

  private func reinstate(_ member: String) async throws -> String {
    // Writes down what lapsed, so that the lots can be named.
    try await rig.postExpired()
    let listed = try await rig.expiredLots(member).filter { $0.source == "order" }
    let expected = models[member]?.expired(at: rig.now) ?? []
    #expect(Set(listed.map { "\($0.orderID) \($0.expiredPoints)" }) == Set(expected.map { "\($0.order) \($0.points)" }))
    guard let lot = listed.randomElement(using: &random) else { return "nothing expired" }
    let points = Int64.random(in: 1...lot.expiredPoints, using: &random)
    let end = rig.now.addingTimeInterval(TimeInterval(Int.random(in: 1...60, using: &random) * 86_400))
    models[member]?.reinstate(points, ofOrder: lot.orderID, of: member, until: end, at: rig.now)
    let requestID = rig.freshID()
    for _ in 0..<2 {
      _ = try await rig.points.reinstatePoints(
        LoyaltyV1.ReinstatePointsRequest(
          requestID: requestID, memberID: member, lotID: lot.lotID, points: points, expireTime: GoogleProtobuf.Timestamp(end),
          reason: "support"))
    }
    return "\(points) of \(lot.orderID) are reinstated for \(member)"
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
