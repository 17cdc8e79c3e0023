import Foundation
import PatronAPI
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct RiskThresholdTests {
  private func facts(_ seconds: [Int], counted: [String]? = nil) -> [RiskThreshold.Fact] {
    seconds.enumerated().map { index, second in
      RiskThreshold.Fact(
        id: "f\(index)", at: Date(timeIntervalSince1970: TimeInterval(second)), counted: counted?[index] ?? "f\(index)")
    }
  }

  @Test(
    "Enough within the span is told once, and the next time counts anew",
    arguments: [
      ([0, 10, 20], [20]), ([0, 10, 21], []), ([0, 10, 20, 25], [20]), ([0, 10, 20, 25, 30, 35], [20, 35]), ([0, 15, 30, 33], [33]),
      ([], []),
      ([5, 5, 5], [5]),
    ])
  func spans(seconds: [Int], crossings: [Int]) {
    let found = RiskThreshold(count: 3, seconds: 20).crossings(of: facts(seconds))
    #expect(found.map { Int($0.at.timeIntervalSince1970) } == crossings)
  }

  @Test("Who did it several times counts once, and the evidence names each time")
  func counted() {
    let threshold = RiskThreshold(count: 2, seconds: 100)
    #expect(threshold.crossings(of: facts([0, 1, 2], counted: ["a", "a", "a"])).isEmpty)
    let crossings = threshold.crossings(of: facts([0, 1, 2], counted: ["a", "a", "b"]))
    #expect(crossings.map(\.evidence) == [["f0", "f1", "f2"]])
    #expect(crossings.map(\.found) == [2])
  }
}

@Suite struct RiskSignalTests {
  private func allow(_ rig: LoyaltyRig, _ change: (inout LoyaltyV1.RiskPolicy) -> Void) async throws {
    var risk = LoyaltyV1.RiskPolicy()
    change(&risk)
    try await rig.publish(LoyaltyV1.PointsPolicy(transfers: LoyaltyV1.TransferPolicy(allowed: true), risk: risk))
  }

  private func signals(_ rig: LoyaltyRig, _ kind: LoyaltyV1.RiskKind, of member: String = "") async throws -> [LoyaltyV1.RiskSignal] {
    try await rig.points.listRiskSignals(LoyaltyV1.ListRiskSignalsRequest(kind: kind, memberID: member)).signals
  }

  @Test("Who buys, earns and returns again and again is told of, with the returns")
  func cycles() async throws {
    try await LoyaltyRig.run { rig in
      try await allow(rig) { ($0.cycleOrders, $0.cycleDays) = (2, 7) }
      for number in 1...2 {
        try await rig.sell("ord_a\(number)", "mem_a", netSpend: 5_000)
        try await rig.reverse("ret_a\(number)", of: "ord_a\(number)")
        try await rig.sell("ord_b\(number)", "mem_b", netSpend: 5_000)
        // Half of it, or after ten days, is an ordinary return.
        try await rig.reverse("ret_b\(number)", of: "ord_b\(number)", to: 50)
        try await rig.sell("ord_c\(number)", "mem_c", netSpend: 5_000)
      }
      rig.advance(days: 10)
      for number in 1...2 { try await rig.reverse("ret_c\(number)", of: "ord_c\(number)") }
      let found = try await signals(rig, .earnRefundCycle)
      #expect(found.map(\.memberID) == ["mem_a"])
      #expect(found.first?.evidenceIDs == ["ret_a1", "ret_a2"])
      #expect((found.first?.threshold, found.first?.found, found.first?.spanSeconds) == (2, 2, 7 * 86_400))
      #expect(try await signals(rig, .earnRefundCycle, of: "mem_b").isEmpty)
      #expect(try await signals(rig, .orderVelocity).isEmpty)
    }
  }

  @Test("Orders, transfers and awards of an hour are counted, and senders of one receiver; page by page")
  func velocity() async throws {
    try await LoyaltyRig.run { rig in
      try await allow(rig) { ($0.ordersPerHour, $0.transfersPerHour, $0.senders, $0.senderDays) = (3, 2, 2, 30) }
      for member in ["mem_a", "mem_b", "mem_c"] {
        for number in 1...3 { try await rig.sell("ord_\(member)\(number)", member, netSpend: 10_000) }
      }
      try await rig.sell("ord_d1", "mem_d", netSpend: 10_000)
      try await rig.transfer("t1", 10, from: "mem_a", to: "mem_d")
      try await rig.transfer("t2", 10, from: "mem_a", to: "mem_d")
      rig.advance(days: 2)
      try await rig.transfer("t3", 10, from: "mem_b", to: "mem_d")
      var (page, seen) = (LoyaltyV1.ListRiskSignalsRequest(kind: .orderVelocity, pageSize: 2), [String]())
      repeat {
        let reply = try await rig.points.listRiskSignals(page)
        seen += reply.signals.map(\.memberID)
        page.pageToken = reply.nextPageToken
      } while !page.pageToken.isEmpty
      #expect(seen == ["mem_a", "mem_b", "mem_c"])
      #expect(try await signals(rig, .transferVelocity).map(\.memberID) == ["mem_a"])
      let many = try await signals(rig, .manySenders, of: "mem_d")
      #expect((many.count, many.first?.found, many.first?.evidenceIDs.count) == (1, 2, 3))
      #expect(try await signals(rig, .awardVelocity).isEmpty)
      #expect(
        try await refusal { _ = try await rig.points.listRiskSignals(.init(kind: .unspecified)) } == .invalidFields)
    }
  }

  @Test("A person who gives one member points often, or gives the own account any, is told of")
  func staff() async throws {
    let policy = LoyaltyV1.PointsPolicy(risk: LoyaltyV1.RiskPolicy(staffAdjustments: 3, staffAdjustmentDays: 30))
    try await StaffRig.run(policy) { rig in
      for _ in 0..<3 { try await rig.adjust(5, of: "mem_a", by: "ann") }
      for staff in ["ann", "bob", "cyd"] { try await rig.adjust(5, of: "mem_b", by: staff) }
      let found = try await rig.signals(.staffAdjustments)
      #expect(found.map { "\($0.staffID) \($0.memberID) \($0.found)" } == ["ann mem_a 3"])
      #expect(try await rig.signals(.staffOwnAccount).isEmpty)
      try await rig.link("bob", to: "mem_b")
      let own = try await rig.signals(.staffOwnAccount)
      #expect(own.map { "\($0.staffID) \($0.memberID)" } == ["bob mem_b"])
    }
  }
}
