import PatronAPI
import RPC
import ServiceKit
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct DuplicateTests {
  @Test("A request sent twice takes effect once and answers the same, also after a restart")
  func sentTwice() async throws {
    try await LoyaltyRig.run { rig in
      let first = try await rig.adjust(100, requestID: "same")
      rig.advance(days: 1)
      #expect(try await rig.adjust(100, requestID: "same") == first)
      try await rig.service.restart()
      #expect(try await rig.adjust(100, requestID: "same") == first)
      #expect(try await rig.balance().spendablePoints == 100)
      try await rig.expectSound()
    }
  }

  @Test("A request sent 50 times at once takes effect once")
  func atOnce() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      let request = try await rig.holdRequest("ord_1", spending: 30, netSpend: 5_000, requestID: "ord_1/loyalty.hold")
      try await withThrowingTaskGroup { group in
        for _ in 0..<50 { group.addTask { _ = try await rig.holds.hold(request) } }
        try await group.waitForAll()
      }
      #expect(try await rig.balance().heldPoints == 30)

      let replies = try await withThrowingTaskGroup(of: LoyaltyV1.CommitResponse.self) { group in
        for _ in 0..<50 { group.addTask { try await rig.commit("ord_1", requestID: "ord_1/loyalty.commit") } }
        return try await group.reduce(into: []) { $0.append($1) }
      }
      #expect(Set(replies.map { $0.encoded() }).count == 1)
      #expect(try await rig.balance().lifetimeEarnedPoints == 49)
      try await rig.expectSound()
    }
  }

  @Test("The same request under 50 request ids at once takes effect once: the order is the business key")
  func manyRequestIDs() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100)
      try await rig.hold("ord_1", spending: 30, netSpend: 5_000)
      try await withThrowingTaskGroup { group in
        for _ in 0..<50 { group.addTask { _ = try await rig.commit("ord_1") } }
        try await group.waitForAll()
      }
      try await withThrowingTaskGroup { group in
        for _ in 0..<50 { group.addTask { _ = try await rig.reverse("ret_1", of: "ord_1") } }
        try await group.waitForAll()
      }
      #expect(try await rig.balance().spendablePoints == 100)
      #expect(try await rig.entries().map(\.kind) == [.earnReversal, .spendReversal, .earn, .spend, .adjust])
      try await rig.expectSound()
    }
  }

  @Test("A request id with another body is refused, and the first effect stands")
  func reused() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.adjust(100, requestID: "same")
      let reused = Refused(code: .alreadyExists, reason: "REQUEST_ID_REUSED")
      #expect(try await refusal { try await rig.adjust(101, requestID: "same") } == reused)
      #expect(try await rig.balance().spendablePoints == 100)
    }
  }

  @Test("A request without an id, or with too long a one, is refused")
  func badRequestID() async throws {
    try await LoyaltyRig.run { rig in
      for requestID in ["", String(repeating: "r", count: 65)] {
        let refused = try await refusal { try await rig.adjust(100, requestID: requestID) }
        #expect(refused.code == .invalidArgument)
      }
    }
  }

  @Test("Two clients may use one request id; each has its own effect, and an order still has one")
  func otherClient() async throws {
    let ring = KeyRing(keyID: "test", secret: Array(repeating: 7, count: 32))
    let service = try await TestService<LoyaltyApp>.start(keyRing: ring)
    let loyalty = LoyaltyV1.LoyaltyServiceClient(channel: service.channel)
    let holds = LoyaltyV1.LoyaltyHoldServiceClient(channel: service.channel)
    let clients = ["cli_1", "cli_2"].map { service.options(as: Caller(clientID: $0, scopes: ["*"])) }
    let adjustment = LoyaltyV1.AdjustPointsRequest(requestID: "same", memberID: "mem_a", points: 10, reason: "goodwill")
    for client in clients { _ = try await loyalty.adjustPoints(adjustment, options: client) }
    let decision = try await loyalty.evaluateEarn(
      LoyaltyV1.EvaluateEarnRequest(currencyCode: "USD", lines: [LoyaltyV1.EarnLine(lineNumber: 1, netSpendMinorUnits: 500)]),
      options: clients[0]
    ).decision
    let hold = LoyaltyV1.HoldRequest(
      requestID: "same", orderID: "ord_1", memberID: "mem_a",
      spend: LoyaltyV1.PointsTender(points: 5, amount: TypeV1.Money(5, "USD")), currencyCode: "USD",
      earn: LoyaltyV1.EarnDecision(ruleVersion: decision?.ruleVersion ?? 0, points: 4, growthValue: 495))
    for client in clients { _ = try await holds.hold(hold, options: client) }
    let balance = try await loyalty.getBalance(LoyaltyV1.GetBalanceRequest(memberID: "mem_a"), options: clients[1]).balance
    #expect(balance?.spendablePoints == 15)
    #expect(balance?.heldPoints == 5)
    await service.stop()
  }
}
