import Database
import Foundation
import PatronAPI
import ServiceTesting
import Testing

@testable import Loyalty

/// `loyalty.points_expiring.v1`.
@Suite struct ExpiryNoticeTests {
  private func notices(_ rig: LoyaltyRig, batch: Int = 100) -> ExpiryNotices {
    ExpiryNotices(environment: rig.service.environment, interval: .seconds(60), lead: .seconds(30 * 86_400), batch: batch)
  }

  private func told(_ rig: LoyaltyRig) async throws -> [LoyaltyV1.PointsExpiring] {
    try await rig.service.database.events(after: 0, limit: 10_000)
      .filter { $0.event.type == "loyalty.points_expiring.v1" }
      .map { try LoyaltyV1.PointsExpiring(decoding: $0.event.payload) }
  }

  @Test("Each lot is told of once, from thirty days before its end on, with what is left of it")
  func onceForEachLot() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-01T10:00:00Z")
      try await rig.publish { ($0.expiry, $0.timeZone) = ("12M", "UTC") }
      for number in 1...5 {
        try await rig.sell("ord_\(number)", "mem_\(number)", netSpend: Int64(number) * 1_000)
        rig.advance(days: 1)
      }
      try await rig.sell("ord_6", "mem_2", spending: 20)
      try await rig.sell("ord_7", "mem_3", spending: 10)
      rig.setClock("2026-12-02T23:59:59Z")
      try await notices(rig, batch: 2).pass()
      #expect(try await told(rig).isEmpty)
      // Lots of one end are cut by the batch.
      rig.setClock("2026-12-04T00:00:00Z")
      try await notices(rig, batch: 1).pass()
      #expect(try await told(rig).map(\.memberID) == ["mem_1"])
      rig.setClock("2026-12-20T00:00:00Z")
      for _ in 0..<3 { try await notices(rig, batch: 2).pass() }
      let told = try await told(rig)
      #expect(told.map(\.memberID) == ["mem_1", "mem_3", "mem_4", "mem_5"])
      #expect(told.map(\.points) == [10, 20, 40, 50])
      #expect(told.first?.expireTime?.date == instant("2027-01-02T00:00:00Z"))
    }
  }

  @Test("Points that live on are told of again before their new end")
  func prolongedPoints() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-10T10:00:00Z")
      try await rig.publish { ($0.expiry, $0.timeZone) = ("12M inactive", "UTC") }
      try await rig.sell("ord_1", netSpend: 1_000)
      rig.setClock("2026-12-20T10:00:00Z")
      try await notices(rig).pass()
      try await rig.sell("ord_2", netSpend: 0)
      try await notices(rig).pass()
      rig.setClock("2027-12-01T10:00:00Z")
      try await notices(rig).pass()
      #expect(try await told(rig).map(\.expireTime?.date) == [instant("2027-01-11T00:00:00Z"), instant("2027-12-21T00:00:00Z")])
    }
  }

  @Test("Those that ended while nobody told are passed over, and nothing behind them is lost")
  func lateNotices() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-01T10:00:00Z")
      try await rig.publish { ($0.expiry, $0.timeZone) = ("1M", "UTC") }
      try await rig.sell("ord_1", netSpend: 1_000)
      rig.advance(days: 20)
      try await rig.sell("ord_2", "mem_b", netSpend: 1_000)
      rig.setClock("2026-02-10T10:00:00Z")
      try await notices(rig, batch: 1).pass()
      #expect(try await told(rig).map(\.memberID) == ["mem_b"])
    }
  }

  @Test("Two replicas tell of each lot once", .enabled(if: !TestEngine.isSQLite, "on PostgreSQL only"))
  func twoReplicas() async throws {
    try await LoyaltyRig.runReplicas(2) { rigs in
      rigs[0].setClock("2026-01-01T10:00:00Z")
      for number in 0..<40 { try await rigs[0].sell("ord_\(number)", "mem_\(number)", netSpend: 1_000) }
      rigs[0].setClock("2026-12-20T10:00:00Z")
      try await withThrowingTaskGroup(of: Void.self) { group in
        for rig in rigs { group.addTask { try await notices(rig, batch: 3).pass() } }
        try await group.waitForAll()
      }
      for rig in rigs { try await notices(rig, batch: 3).pass() }
      #expect(try await told(rigs[0]).map(\.memberID).sorted() == (0..<40).map { "mem_\($0)" }.sorted())
    }
  }
}
