import Database
import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct DrawTests {
  @Test("Tickets have the numbers in the order in which they were bought, and a chain that anybody computes")
  func tickets() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T12:00:00Z")
      let published = try await rig.publishDraw { $0.memberTickets = 5 }
      #expect(published.seed.isEmpty && published.seedDigest.count == 32 && published.chain == published.seedDigest)
      try await rig.adjust(100)
      try await rig.adjust(100, of: "mem_b")
      var request = rig.ticketRequest(3, reference: "till-1")
      let first = try await rig.rewards.buyTickets(request)
      #expect(first.balance?.spendablePoints == 70)
      for _ in 0..<2 {
        #expect(try await rig.rewards.buyTickets(request).purchase == first.purchase)
        request.requestID = rig.freshID()
      }
      request.tickets = 2
      #expect(
        try await refusal { _ = try await rig.rewards.buyTickets(request) } == Refused(code: .alreadyExists, reason: "REFERENCE_DIFFERS"))
      try await rig.buyTickets(5, "mem_b")
      try await rig.buyTickets(2)
      #expect(try await refusal { try await rig.buyTickets(1) } == refusedReward("TICKET_LIMIT"))
      let sold = try await rig.tickets()
      #expect(sold.map(\.firstNumber) == [1, 4, 9] && sold.map(\.memberID) == ["mem_a", "mem_b", "mem_a"])
      var chain = published.seedDigest
      for purchase in sold {
        chain = Digests.sha256(chain + Array("\(purchase.firstNumber)|\(purchase.tickets)|\(purchase.purchaseID)".utf8))
        #expect(purchase.chain == chain)
      }
      #expect(try await rig.draw().chain == chain)
      #expect(try await rig.entries().map(\.kind) == [.ticket, .ticket, .adjust])
      try await rig.expectSound()
    }
  }

  @Test("Tickets are sold from the first instant to the last one before the close, to the tiers that may, for points that are there")
  func refused() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T11:59:59.999999Z")
      try await rig.publishDraw()
      try await rig.publishDraw("gold") { $0.tierCodes = ["gold"] }
      try await rig.adjust(25)
      #expect(try await refusal { try await rig.buyTickets() } == refusedReward("DRAW_NOT_BEGUN"))
      rig.setClock("2027-01-01T12:00:00Z")
      #expect(try await refusal { try await rig.buyTickets(3) } == .insufficientPoints)
      #expect(try await refusal { try await rig.buyTickets(1, code: "gold") } == refusedReward("DRAW_TIER"))
      #expect(try await refusal { try await rig.runDraw() } == refusedReward("DRAW_NOT_CLOSED"))
      rig.setClock("2027-01-02T11:59:59.999999Z")
      try await rig.buyTickets()
      rig.setClock("2027-01-02T12:00:00Z")
      #expect(try await refusal { try await rig.buyTickets() } == refusedReward("DRAW_CLOSED"))
      #expect(try await refusal { try await rig.publishDraw() } == Refused(code: .alreadyExists, reason: "DRAW_EXISTS"))
      #expect(try await rig.draw().seed.isEmpty)
      try await rig.runDraw()
      #expect(try await refusal { try await rig.cancelDraw() } == refusedReward("DRAW_STATE"))
      #expect(try await refusal { try await rig.runDraw("none") } == Refused(code: .notFound, reason: "DRAW_UNKNOWN"))
      try await rig.expectSound()
    }
  }

  @Test("Whoever has seed, tickets and prizes computes the same winners, by another way; each prize is there as often as was said")
  func provable() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T12:00:00Z")
      try await rig.publishDraw()
      for member in 0..<8 {
        try await rig.adjust(100, of: "mem_\(member)")
        try await rig.buyTickets(Int64(member % 3 + 1), "mem_\(member)")
      }
      rig.setClock("2027-01-02T12:00:00Z")
      let draw = try await rig.runDraw()
      #expect(Digests.sha256(draw.seed) == draw.seedDigest)
      let winners = try await rig.winners()
      #expect(winners.map(\.ticketNumber) == IndependentDraw.winners(of: draw))
      #expect(winners.map(\.prize) == [0, 1, 1, 2, 2, 2])
      #expect(Set(winners.map(\.ticketNumber)).count == 6)
      // 50 points, and then what the tickets left.
      for winner in winners where winner.prize == 1 {
        #expect(try await rig.lots(winner.memberID).contains { $0.source == "prize" && $0.earnedPoints == 50 })
      }
      let sums = try await rig.verify()
      #expect((sums.pointsWon, sums.pointsRedeemed) == (100, draw.tickets * 10))
      try await rig.expectSound()
    }
  }

  @Test("Run twice, by two at once and after a crash before the prizes: one result, and every prize once")
  func again() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T12:00:00Z")
      try await rig.publishDraw()
      try await rig.adjust(100)
      try await rig.buyTickets(10)
      rig.setClock("2027-01-02T12:00:00Z")
      // Killed after the decision: nobody has settled anything.
      let now = rig.now
      _ = try await rig.service.database.write(locking: LoyaltyLocks.draw) { transaction in
        try DrawRunner.run("new-year", at: now, eventID: "evt_1", transaction)
      }
      #expect(try await rig.balance().spendablePoints == 0)
      try await rig.expectSound()
      let draws = try await withThrowingTaskGroup(of: LoyaltyV1.Draw.self) { group in
        for _ in 0..<8 { group.addTask { try await rig.runDraw() } }
        return try await group.reduce(into: [LoyaltyV1.Draw]()) { $0.append($1) }
      }
      #expect(draws.allSatisfy { $0 == draws[0] })
      for _ in 0..<2 { try await rig.poster().pass() }
      #expect(try await rig.balance().spendablePoints == 100)
      #expect(try await rig.verify().pointsWon == 100)
      try await rig.expectSound()
    }
  }

  @Test("With fewer tickets than prizes each ticket wins once; with none nobody does")
  func few() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T12:00:00Z")
      try await rig.publishDraw()
      try await rig.publishDraw("none")
      try await rig.adjust(100)
      try await rig.buyTickets(2)
      rig.setClock("2027-01-02T12:00:00Z")
      try await rig.runDraw()
      #expect(try await rig.runDraw("none").tickets == 0)
      #expect(try await Set(rig.winners().map(\.ticketNumber)) == [1, 2])
      #expect(try await rig.winners("none").isEmpty)
      try await rig.expectSound()
    }
  }

  @Test("A draw that is called off gives every ticket's points back to their lots, once, whoever is killed in between")
  func cancelled() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T12:00:00Z")
      try await rig.publishDraw()
      for member in ["mem_a", "mem_b"] { try await rig.adjust(100, of: member) }
      let before = try await rig.lots()
      try await rig.buyTickets(4)
      try await rig.buyTickets(3, "mem_b")
      try await rig.buyTickets(2)
      let now = rig.now
      _ = try await rig.service.database.write(locking: LoyaltyLocks.draw) { transaction in
        try DrawRunner.cancel("new-year", reason: "flood", at: now, eventID: "evt_1", transaction)
      }
      try await rig.expectSound()
      for _ in 0..<2 { #expect(try await rig.cancelDraw().state == .cancelled) }
      try await rig.poster().pass()
      #expect(try await rig.lots() == before)
      #expect(try await rig.balance("mem_b").spendablePoints == 100)
      #expect(try await refusal { try await rig.buyTickets() } == refusedReward("DRAW_STATE"))
      rig.setClock("2027-01-02T12:00:00Z")
      #expect(try await refusal { try await rig.runDraw() } == refusedReward("DRAW_STATE"))
      #expect(try await rig.draw().seed.isEmpty)
      #expect(try await rig.verify().pointsRedeemed == 0)
      try await rig.expectSound()
    }
  }

  @Test("Buyers at once get numbers without a gap")
  func contention() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T12:00:00Z")
      try await rig.publishDraw()
      for member in 0..<5 { try await rig.adjust(100, of: "mem_\(member)") }
      let bought = await withTaskGroup(of: Bool.self) { group in
        for number in 0..<200 { group.addTask { (try? await rig.buyTickets(1, "mem_\(number % 5)")) != nil } }
        return await group.reduce(0) { $0 + ($1 ? 1 : 0) }
      }
      // Ten each is what their points pay.
      #expect(bought == 50)
      #expect(try await rig.tickets().map(\.firstNumber) == Array(1...50))
      try await rig.expectSound()
    }
  }

  @Test("A winner who was tampered with is told by name")
  func verify() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-01T12:00:00Z")
      try await rig.publishDraw()
      for member in ["mem_a", "mem_b"] {
        try await rig.adjust(100, of: member)
        try await rig.buyTickets(5, member)
      }
      rig.setClock("2027-01-02T12:00:00Z")
      try await rig.runDraw()
      try await rig.service.database.write { transaction in
        try transaction.run(
          SQL(
            "test.damage-winner",
            "UPDATE draw_winner SET member_id = CASE member_id WHEN 'mem_a' THEN 'mem_b' ELSE 'mem_a' END WHERE place = 1"))
      }
      #expect(try await rig.verify().differences.map(\.check) == ["draws.winners_have_tickets"])
    }
  }
}

/// The rule of the README once more, written another way: the tickets that have not won stand in a list, which the last one fills up.
enum IndependentDraw {
  static func winners(of draw: LoyaltyV1.Draw) -> [Int64] {
    let chain = draw.chain.map { String(format: "%02x", $0) }.joined()
    var row = Array(1...max(1, draw.tickets))
    var counter = 0
    var winners: [Int64] = []
    for place in 0..<Int(min(draw.tickets, draw.prizes.reduce(0) { $0 + $1.stock })) {
      let range = UInt64(row.count - place)
      var taken: UInt64?
      while taken == nil {
        let block = Digests.hmac(Array("\(draw.code)|\(draw.tickets)|\(chain)|\(counter)".utf8), key: draw.seed)
        var drawn: UInt64 = 0
        for byte in block[0..<8] { drawn = drawn * 256 + UInt64(byte) }
        counter += 1
        let whole = UInt128(1) << 64
        if UInt128(drawn) >= whole % UInt128(range) { taken = drawn % range }
      }
      row.swapAt(place, place + Int(taken ?? 0))
      winners.append(row[place])
    }
    return winners
  }
}

extension LoyaltyRig {
  /// Ten points a ticket, for a day from noon: a bicycle, two times 50 points, three mugs.
  @discardableResult
  func publishDraw(
    _ code: String = "new-year", _ change: (inout LoyaltyV1.Draw) -> Void = { _ in }
  ) async throws -> LoyaltyV1.Draw {
    let opens = max(now, instant("2027-01-01T12:00:00Z"))
    var draw = LoyaltyV1.Draw(
      code: code, name: "New Year", ticketPoints: 10, openTime: GoogleProtobuf.Timestamp(opens),
      closeTime: GoogleProtobuf.Timestamp(opens.addingTimeInterval(86_400)),
      prizes: [
        LoyaltyV1.DrawPrize(name: "A bicycle", stock: 1), LoyaltyV1.DrawPrize(name: "Fifty points", points: 50, stock: 2),
        LoyaltyV1.DrawPrize(name: "A mug", rewardCode: "mug", stock: 3),
      ])
    change(&draw)
    return try #require(try await rewards.publishDraw(LoyaltyV1.PublishDrawRequest(requestID: freshID(), draw: draw)).draw)
  }

  func ticketRequest(
    _ tickets: Int64 = 1, _ member: String = "mem_a", code: String = "new-year", reference: String? = nil
  ) -> LoyaltyV1.BuyTicketsRequest {
    LoyaltyV1.BuyTicketsRequest(
      requestID: freshID(), reference: reference ?? freshID(), drawCode: code, memberID: member, storeID: "sto_1", tickets: tickets)
  }

  @discardableResult
  func buyTickets(_ tickets: Int64 = 1, _ member: String = "mem_a", code: String = "new-year") async throws -> LoyaltyV1.TicketPurchase {
    try #require(try await rewards.buyTickets(ticketRequest(tickets, member, code: code)).purchase)
  }

  @discardableResult
  func runDraw(_ code: String = "new-year") async throws -> LoyaltyV1.Draw {
    try #require(try await rewards.runDraw(LoyaltyV1.RunDrawRequest(requestID: freshID(), drawCode: code)).draw)
  }

  @discardableResult
  func cancelDraw(_ code: String = "new-year") async throws -> LoyaltyV1.Draw {
    try #require(
      try await rewards.cancelDraw(LoyaltyV1.CancelDrawRequest(requestID: freshID(), drawCode: code, reason: "flood")).draw)
  }

  func draw(_ code: String = "new-year") async throws -> LoyaltyV1.Draw {
    try #require(try await rewards.getDraw(LoyaltyV1.GetDrawRequest(drawCode: code)).draw)
  }

  func tickets(_ code: String = "new-year") async throws -> [LoyaltyV1.TicketPurchase] {
    try await rewards.listTickets(LoyaltyV1.ListTicketsRequest(drawCode: code, pageSize: 500)).purchases
  }

  func winners(_ code: String = "new-year") async throws -> [LoyaltyV1.DrawWinner] {
    try await rewards.listDrawWinners(LoyaltyV1.ListDrawWinnersRequest(drawCode: code, pageSize: 500)).winners
  }
}
