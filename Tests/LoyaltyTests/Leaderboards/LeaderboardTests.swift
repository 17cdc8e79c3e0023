import Database
import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Loyalty

@Suite struct LeaderboardTests {
  @Test(
    "Weeks begin on Monday, quarters with their first month, all at the zone's midnight",
    arguments: [
      ("2027-03-28T10:00:00Z", BoardPeriod.week, "2027-03-21T23:00:00Z", "2027-03-28T22:00:00Z"),
      ("2027-03-28T22:00:00Z", .week, "2027-03-28T22:00:00Z", "2027-04-04T22:00:00Z"),
      ("2027-01-01T10:00:00Z", .week, "2026-12-27T23:00:00Z", "2027-01-03T23:00:00Z"),
      ("2028-02-29T22:59:59Z", .month, "2028-01-31T23:00:00Z", "2028-02-29T23:00:00Z"),
      ("2027-06-30T21:59:59Z", .quarter, "2027-03-31T22:00:00Z", "2027-06-30T22:00:00Z"),
      ("2027-12-31T23:00:00Z", .year, "2027-12-31T23:00:00Z", "2028-12-31T23:00:00Z"),
    ])
  func spans(at: String, period: BoardPeriod, start: String, end: String) throws {
    let calendar = try #require(ProgramCalendar(timeZoneIdentifier: "Europe/Berlin"))
    #expect(period.span(at: instant(at), calendar) == instant(start)..<instant(end))
  }

  @Test("Equal values have equal ranks, and the next has as many before it as there are")
  func ranks() {
    let rows = [9, 7, 7, 7, 3].map { BoardRow(rank: 0, boardID: "", alias: "", value: $0, reachedAt: .distantPast) }
    #expect(BoardRow.ranked(rows).map(\.rank) == [1, 2, 2, 2, 5])
  }

  @Test("Only who joined stands on a board, by alias; who reached a value earlier stands first")
  func board() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-02-10T12:00:00Z")
      for (member, alias) in [("mem_a", "Ann"), ("mem_b", "Bo"), ("mem_c", "Cy")] { try await rig.join(member, as: alias) }
      for (number, (member, spend)) in [("mem_c", 5_000), ("mem_b", 7_000), ("mem_d", 90_000), ("mem_a", 5_000)].enumerated() {
        try await rig.sell("ord_\(number)", member, netSpend: Int64(spend))
        rig.service.clock.advance(by: .seconds(60))
      }
      let board = try await rig.board(of: "mem_a")
      #expect(board.rows.map(\.alias) == ["Bo", "Cy", "Ann"])
      #expect(board.rows.map(\.rank) == [1, 2, 2] && board.rows.map(\.value) == [70, 50, 50])
      #expect(board.own == board.rows[2])
      #expect(board.rows.allSatisfy { !$0.boardID.contains("mem_") })
      #expect(try await rig.board(of: "mem_d").own == nil)
      #expect(try await rig.board(of: "mem_c", top: 1).rows.map(\.alias) == ["Bo"])
      #expect(try await rig.board(of: "mem_c", top: 1).own?.rank == 2)
      #expect(try await rig.board(of: "mem_a", by: .growthValue).own?.value == 5_000)
      #expect(try await rig.board(of: "mem_a", store: "sto_1").own?.value == 50)
      #expect(try await rig.board(of: "mem_a", store: "sto_2").rows.isEmpty)
      try await rig.expectSound()
    }
  }

  @Test("A return takes out of the boards of the order's own time, and of no other")
  func returned() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-31T12:00:00Z")
      try await rig.join("mem_a", as: "Ann")
      try await rig.sell("ord_1", netSpend: 10_000)
      rig.setClock("2027-02-10T12:00:00Z")
      try await rig.sell("ord_2", netSpend: 3_000)
      try await rig.reverse("ret_1", of: "ord_1", to: 40)
      let january = instant("2027-01-31T12:00:00Z")
      #expect(try await rig.board(of: "mem_a").own?.value == 30)
      #expect(try await rig.board(of: "mem_a", at: january).own?.value == 60)
      #expect(try await rig.board(of: "mem_a", period: .quarter).own?.value == 90)
      try await rig.reverse("ret_2", of: "ord_1", from: 40)
      #expect(try await rig.board(of: "mem_a", at: january).own == nil)
      try await rig.expectSound()
    }
  }

  @Test("Who joins late stands there with the year's orders, who leaves is gone, and comes back under another id")
  func joining() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-12-31T12:00:00Z")
      try await rig.sell("ord_0", netSpend: 50_000)
      rig.setClock("2027-01-31T12:00:00Z")
      try await rig.sell("ord_1", netSpend: 10_000)
      try await rig.reverse("ret_1", of: "ord_1", to: 40)
      let first = try await rig.join("mem_a", as: "Ann")
      #expect(try await rig.join("mem_a", as: "Anna") == first)
      #expect(try await rig.board(of: "mem_a", period: .year).rows.map(\.alias) == ["Anna"])
      #expect(try await rig.board(of: "mem_a", period: .year).own?.value == 60)
      try await rig.reverse("ret_0", of: "ord_0", to: 50)
      try await rig.sell("ord_2", netSpend: 100)
      try await rig.expectSound()
      for _ in 0..<2 {
        _ = try await rig.rewards.leaveLeaderboards(
          LoyaltyV1.LeaveLeaderboardsRequest(requestID: rig.freshID(), memberID: "mem_a"))
      }
      #expect(try await rig.board(of: "mem_a", period: .year).rows.isEmpty)
      try await rig.sell("ord_3", netSpend: 100)
      try await rig.expectSound()
      #expect(try await rig.join("mem_a", as: "Ann") != first)
      #expect(try await rig.board(of: "mem_a", period: .year).own?.value == 62)
      try await rig.expectSound()
    }
  }

  @Test("The boards keep the zone in which they began")
  func zone() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2027-01-31T12:00:00Z")
      try await rig.publish { $0.timeZone = "Asia/Shanghai" }
      try await rig.join("mem_a", as: "Ann")
      try await rig.sell("ord_1", netSpend: 1_000)
      try await rig.publish { $0.timeZone = "America/New_York" }
      // February in Shanghai.
      rig.setClock("2027-01-31T16:00:00Z")
      try await rig.sell("ord_2", netSpend: 2_000)
      let board = try await rig.board(of: "mem_a")
      #expect(board.own?.value == 20 && board.startTime?.date == instant("2027-01-31T16:00:00Z"))
      try await rig.expectSound()
    }
  }

  @Test("A board that was tampered with is told by name")
  func verify() async throws {
    try await LoyaltyRig.run { rig in
      try await rig.join("mem_a", as: "Ann")
      try await rig.sell("ord_1", netSpend: 1_000)
      try await rig.service.database.write { transaction in
        try transaction.run(SQL("test.damage-board", "UPDATE leaderboard_sum SET points = 11 WHERE period = 'week'"))
        try transaction.run(SQL("test.damage-boards", "DELETE FROM leaderboard_sum WHERE period = 'year'"))
      }
      #expect(
        try await rig.verify().differences.map(\.check) == [
          "leaderboards.sums_match_orders", "leaderboards.sums_match_orders", "leaderboards.orders_are_counted",
        ])
    }
  }
}

extension LoyaltyRig {
  /// The id that others see.
  @discardableResult
  func join(_ member: String, as alias: String) async throws -> String {
    try await rewards.joinLeaderboards(
      LoyaltyV1.JoinLeaderboardsRequest(requestID: freshID(), memberID: member, alias: alias)
    ).boardID
  }

  func board(
    of member: String, period: LoyaltyV1.LeaderboardPeriod = .month, by measure: LoyaltyV1.LeaderboardMeasure = .points, at: Date? = nil,
    store: String = "", top: Int32 = 0
  ) async throws -> LoyaltyV1.GetLeaderboardResponse {
    try await rewards.getLeaderboard(
      LoyaltyV1.GetLeaderboardRequest(
        period: period, measure: measure, atTime: at.map { GoogleProtobuf.Timestamp($0) }, storeID: store, top: top, memberID: member))
  }
}
