import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct PointsReportTests {
  @Test("Months roll forward: what closes one opens the next, through a spend, a return, a correction and an expiry at its own instant")
  func rollForward() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-10T12:00:00Z")
      try await rig.publish { ($0.expiry, $0.minorUnitsPerPoint, $0.timeZone) = ("60D", 2, "America/New_York") }
      try await rig.sell("ord_1", netSpend: 30_000)
      rig.setClock("2026-02-05T12:00:00Z")
      _ = try await rig.holds.hold(try await rig.holdRequest("ord_2", spending: 0, netSpend: 10_000))
      try await rig.commit("ord_2")
      try await rig.reverse("ret_1", of: "ord_2", to: 50)
      try await rig.adjust(-20)
      // The January points end with 11 March; nothing is written then.
      rig.setClock("2026-03-20T12:00:00Z")
      let lines = try await rig.report("2026-01-01T05:00:00Z", to: "2026-04-01T04:00:00Z", by: .month)
      #expect(lines.map(\.openingPoints) == [0, 300, 330])
      #expect(lines.map(\.earnedPoints) == [300, 100, 0])
      #expect(lines.map(\.takenBackPoints) == [0, 50, 0])
      #expect(lines.map(\.adjustedPoints) == [0, -20, 0])
      #expect(lines.map(\.expiredPoints) == [0, 0, 280])
      #expect(lines.map(\.closingPoints) == [300, 330, 50])
      #expect(lines.map(\.closingMinorUnits) == [600, 660, 100])
      // The same once it is written down.
      try await rig.sell("ord_3", "mem_a", netSpend: 0)
      #expect(try await rig.report("2026-01-01T05:00:00Z", to: "2026-04-01T04:00:00Z", by: .month) == lines)
      // Of February alone what went before is the opening.
      let february = try await rig.report("2026-02-01T05:00:00Z", to: "2026-03-01T05:00:00Z")
      #expect(february.map { [$0.openingPoints, $0.closingPoints] } == [[300, 330]])
      try await rig.expectReportsAgree(members: ["mem_a"])
    }
  }

  @Test("By issue a month's points are followed to their end: breakage of the cohort")
  func breakage() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-10T12:00:00Z")
      try await rig.publish { ($0.expiry, $0.timeZone) = ("90D", "America/New_York") }
      try await rig.sell("ord_1", netSpend: 40_000)
      rig.setClock("2026-02-10T12:00:00Z")
      try await rig.sell("ord_2", netSpend: 10_000)
      rig.setClock("2026-03-10T12:00:00Z")
      try await rig.sell("ord_3", spending: 100, netSpend: 100)
      rig.setClock("2026-03-11T12:00:00Z")
      try await rig.reverse("ret_1", of: "ord_1", to: 25)
      rig.setClock("2026-06-30T12:00:00Z")
      let cohorts = try await rig.report("2026-01-01T05:00:00Z", to: "2026-07-01T04:00:00Z", by: .month, byIssue: true)
      #expect(cohorts.map(\.earnedPoints) == [400, 100])
      #expect(cohorts.map(\.spentPoints) == [100, 0])
      // The return came in March and counts where its points were issued.
      #expect(cohorts.map(\.takenBackPoints) == [100, 0])
      #expect(cohorts.map(\.expiredPoints) == [200, 100])
      #expect(cohorts.map(\.expiredPerMille) == [666, 1_000])
      #expect(cohorts.map(\.closingPoints) == [0, 0])
      try await rig.expectReportsAgree(members: ["mem_a"])
    }
  }

  @Test("By store points are counted where they move, and by issuing store where they came from; by version and tier as well")
  func dimensions() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.publishTiers([("base", 0), ("gold", 50_000)])
      func sell(_ order: String, _ member: String, in store: String, spending points: Int64 = 0, netSpend: Int64) async throws {
        var request = try await rig.holdRequest(order, member, spending: points, netSpend: netSpend)
        request.storeID = store
        _ = try await rig.holds.hold(request)
        try await rig.commit(order)
      }
      try await sell("ord_1", "mem_a", in: "sto_1", netSpend: 60_000)
      try await rig.publish { $0.pointsNumerator = 2 }
      try await sell("ord_2", "mem_b", in: "sto_2", netSpend: 10_000)
      try await sell("ord_3", "mem_a", in: "sto_2", spending: 250, netSpend: 250)
      let byStore = try await rig.report(.unspecified, by: .store)
      #expect(byStore == [["sto_1", 600, 0, 0], ["sto_2", 200, 250, 0]])
      #expect(try await rig.report(.unspecified, by: .issuingStore) == [["sto_1", 600, 250, 350], ["sto_2", 200, 0, 200]])
      #expect(try await rig.report(.unspecified, by: .ruleVersion) == [["1", 600, 250, 350], ["2", 200, 0, 200]])
      #expect(try await rig.report(.unspecified, by: .tier) == [["base", 200, 0, 200], ["gold", 600, 250, 350]])
      try await rig.expectReportsAgree(members: ["mem_a", "mem_b"])
    }
  }

  @Test("More members than one batch has are all counted, once")
  func batches() async throws {
    try await LoyaltyRig.run { rig in
      let members = PointsReporter.membersOfABatch + 1
      try await rig.service.database.write { transaction in
        for number in 0..<members {
          var member = try MemberLedger.open(
            "mem_\(number)", at: Date(timeIntervalSince1970: 1_800_000_000), ids: MovementIDs(from: "ent_\(number)"), transaction)
          _ = try member.adjust(3, reason: "opening balance", origin: LedgerOrigin(clientID: "test"))
        }
      }
      let lines = try await rig.report(to: "2100-01-01T00:00:00Z", .tier)
      #expect(lines.map(\.adjustedPoints) == [Int64(members) * 3])
    }
  }

  @Test("A report that nobody could read is refused, and so is a span of no length")
  func refusals() async throws {
    try await LoyaltyRig.run { rig in
      let refused = try await refusal { _ = try await rig.report("2020-01-01T00:00:00Z", to: "2024-01-01T00:00:00Z", by: .day) }
      #expect(refused == Refused(code: .failedPrecondition, reason: "REPORT_TOO_LARGE"))
      await #expect {
        _ = try await rig.reports.reportPoints(LoyaltyV1.ReportPointsRequest(period: .init(rawValue: 99), dimension: .init(rawValue: 99)))
      } throws: { error in
        (error as? RPCError)?.fieldViolations.map(\.field) == ["start_time", "end_time", "period", "dimension"]
      }
    }
  }
}

extension LoyaltyRig {
  /// Key, earned, spent, closing.
  fileprivate func report(_ period: LoyaltyV1.ReportPeriod, by dimension: LoyaltyV1.ReportDimension) async throws -> [[AnyHashable]] {
    try await report(by: period, dimension).map { [$0.key, $0.earnedPoints, $0.spentPoints, $0.closingPoints] }
  }
}
