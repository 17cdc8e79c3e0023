import Foundation
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

/// Random histories of a card, its calls sent again under their references, against a plain list of what happened: after each step the uses that
/// are left are what is left of that list, and after each fifth the books are sound. A failure names its seed, which belongs into `seeds`.
@Suite struct RandomEntitlementTests {
  private static let seeds: [UInt64] = [1, 2, 3, 20_261_122]
  private static let stepsPerHistory = 120

  @Test("Every use is there once, whatever is repeated, lapses, is given back, frozen, renewed or refunded", arguments: seeds)
  func history(seed: UInt64) async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2028-01-31T08:00:00Z")
      try await rig.publishPlan { ($0.validity, $0.uses, $0.graceDays, $0.freezeDays) = ("1M", 6, 10, 5) }
      let history = EntitlementHistory(rig, card: try await rig.issueCard(), seed: seed)
      for step in 1...Self.stepsPerHistory {
        let what = try await history.step()
        let comment: Comment = "seed \(seed), step \(step): \(what)"
        #expect(try await rig.look(at: history.card).usesLeft == history.usesLeft(), comment)
        if step.isMultiple(of: LoyaltyRig.stepsBetweenVerifies) { try await rig.expectSound(comment) }
      }
    }
  }
}

private final class EntitlementHistory {
  private struct Visit {
    var request: LoyaltyV1.HoldUseRequest
    var id: String
    var period: Int32
    var uses: Int64
    var heldUntil: Date
    var state: LoyaltyV1.EntitlementUseState

    func takes(at now: Date) -> Bool { state == .used || (state == .held && now < heldUntil) }
  }

  let rig: LoyaltyRig
  let card: String
  private var random: SeededRandom
  /// Of each period what it was sold with; 0 once it was refunded.
  private var sold: [Int32: Int64] = [1: 6]
  private var visits: [Visit] = []

  init(_ rig: LoyaltyRig, card: String, seed: UInt64) {
    self.rig = rig
    self.card = card
    random = SeededRandom(seed: seed)
  }

  /// The dates are the service's own; `EntitlementDomainTests` are about them.
  private func running() async throws -> [Int32] {
    let now = rig.now
    return try await rig.look(at: card).periods
      .filter { period in
        guard let start = period.startTime?.date, let end = period.expireTime?.date else { return false }
        return period.refunded == nil && start <= now && now < end
      }
      .map(\.number)
  }

  private func left(of period: Int32) -> Int64 {
    let now = rig.now
    return (sold[period] ?? 0) - visits.filter { $0.period == period && $0.takes(at: now) }.reduce(0) { $0 + $1.uses }
  }

  func usesLeft() async throws -> Int64 { try await running().reduce(0) { $0 + left(of: $1) } }

  /// Tries something; a refusal changes nothing.
  private func attempt(_ call: () async throws -> Void) async throws -> Bool {
    do {
      try await call()
      return true
    } catch let error as RPCError {
      #expect(error.code == .failedPrecondition || error.code == .alreadyExists, "\(error)")
      return false
    }
  }

  func step() async throws -> String {
    switch random.next() % 12 {
    case 0...2: return try await visit()
    case 3: return try await again()
    case 4...5: return try await move(to: .used) { $0.state == .held }
    case 6: return try await move(to: .cancelled) { $0.state == .held }
    case 7: return try await move(to: .reversed) { $0.state == .used }
    case 8: return try await renewOrRefund()
    case 9: return try await freeze()
    default:
      rig.service.clock.advance(by: .seconds(Int64(random.next() % 200_000)))
      return "time passes"
    }
  }

  private func visit() async throws -> String {
    let uses = Int64(random.next() % 3 + 1)
    let request = rig.useRequest(card, uses, commit: random.next() % 2 == 0)
    let (now, frozen) = (rig.now, try await rig.look(at: card).state == .frozen)
    let period = try await running().first
    let room = period.map(left(of:)) ?? 0
    var reply: LoyaltyV1.HoldUseResponse?
    let isDone = try await attempt { reply = try await rig.entitlements.holdUse(request) }
    #expect(isDone == (!frozen && period != nil && uses <= room))
    guard let use = reply?.use, let period else { return "no visit" }
    visits.append(
      Visit(
        request: request, id: use.useID, period: period, uses: uses, heldUntil: now.addingTimeInterval(900), state: use.state))
    return "a visit of \(uses)"
  }

  /// The same visit under another request id: what was made then, and nothing new.
  private func again() async throws -> String {
    guard let visit = visits.randomElement(using: &random) else { return "nothing to repeat" }
    var request = visit.request
    request.requestID = rig.freshID()
    let use = try await rig.entitlements.holdUse(request).use
    #expect(use?.useID == visit.id)
    return "a visit again"
  }

  private func move(to state: LoyaltyV1.EntitlementUseState, where isMeant: (Visit) -> Bool) async throws -> String {
    guard let index = visits.indices.filter({ isMeant(visits[$0]) }).randomElement(using: &random) else { return "no use to move" }
    let visit = visits[index]
    let hasLapsed = visit.state == .held && visit.heldUntil <= rig.now
    let isDone = try await attempt {
      switch state {
      case .used: try await rig.commitUse(visit.id)
      case .cancelled: try await rig.cancelUse(visit.id)
      default: try await rig.reverseUse(visit.id)
      }
    }
    // A hold that has lapsed is cancelled in vain; a use of a refunded period stays.
    switch state {
    case .used: #expect(isDone == !hasLapsed)
    case .cancelled: #expect(isDone)
    default: #expect(isDone == (sold[visit.period] != 0))
    }
    if isDone { visits[index].state = hasLapsed ? .lapsed : state }
    return "a use is \(state)"
  }

  private func renewOrRefund() async throws -> String {
    let seen = try await rig.look(at: card)
    if random.next() % 3 > 0 {
      if try await attempt({ try await rig.renewCard(card) }) { sold[Int32(sold.count + 1)] = 6 }
      return "renewed"
    }
    guard let period = seen.periods.randomElement(using: &random) else { return "no period" }
    if try await attempt({ try await rig.refundCard(card, period: period.number) }) { sold[period.number] = 0 }
    return "period \(period.number) is refunded"
  }

  private func freeze() async throws -> String {
    if try await rig.look(at: card).state == .frozen {
      _ = try await attempt { try await rig.unfreezeCard(card) }
      return "unfrozen"
    }
    _ = try await attempt { try await rig.freezeCard(card, days: Int32(random.next() % 6 + 1)) }
    return "frozen"
  }
}
