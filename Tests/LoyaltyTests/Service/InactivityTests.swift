import PatronAPI
import ServiceTesting
import Testing

@testable import Loyalty

/// Points that end when their member has ordered nothing for a while.
@Suite struct InactivityTests {
  @Test("Every order lets what is left live on; a look, a cancelled order and a return do not")
  func ordersProlong() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-10T10:00:00Z")
      try await rig.publish { ($0.expiry, $0.timeZone) = ("12M inactive", "UTC") }
      try await rig.sell("ord_1", netSpend: 5_000)
      #expect(try await rig.lots().map(\.expireTime?.date) == [instant("2027-01-11T00:00:00Z")])

      rig.setClock("2026-06-30T10:00:00Z")
      try await rig.hold("ord_2", netSpend: 5_000)
      try await rig.cancel("ord_2")
      try await rig.reverse("ret_1", of: "ord_1", to: 20)
      _ = try await rig.balance()
      #expect(try await rig.lots().map(\.expireTime?.date) == [instant("2027-01-11T00:00:00Z")])

      // An order of nothing is an order.
      rig.setClock("2026-08-31T10:00:00Z")
      try await rig.sell("ord_3", netSpend: 0)
      #expect(try await rig.lots().map(\.expireTime?.date) == [instant("2027-09-01T00:00:00Z")])
      // The last instant at which one counts.
      rig.setClock("2027-08-31T23:59:59.999999Z")
      try await rig.sell("ord_4", netSpend: 1_000)
      #expect(try await rig.lots().map(\.expireTime?.date) == [instant("2028-09-01T00:00:00Z"), instant("2028-09-01T00:00:00Z")])
      #expect(try await rig.balance().spendablePoints == 50)
      rig.setClock("2028-09-01T00:00:00Z")
      #expect(try await rig.balance().spendablePoints == 0)
      try await rig.sell("ord_5", netSpend: 1_000)
      #expect(try await rig.balance().spendablePoints == 10)
      try await rig.expectSound()
    }
  }

  @Test("One who orders all the time loses nothing, whatever else is published (whole balance expired for inactivity by mistake)")
  func theActiveKeepTheirPoints() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-10T10:00:00Z")
      try await rig.publish { ($0.expiry, $0.timeZone) = ("6M inactive", "UTC") }
      try await rig.sell("ord_0", netSpend: 10_000)
      // Points of another rule keep their own end, and another rule in force takes nothing from those of this one.
      try await rig.publish { ($0.expiry, $0.timeZone) = ("12M", "UTC") }
      try await rig.sell("ord_1", netSpend: 10_000)
      for month in 2...30 {
        rig.setClock("2026-01-10T10:00:00Z")
        rig.advance(days: month * 30)
        try await rig.sell("ord_\(month)", netSpend: 0)
      }
      #expect(try await rig.balance().spendablePoints == 100)
      #expect(try await rig.entries().filter { $0.kind == .expire }.map(\.points) == [-100])
      try await rig.expectSound()
    }
  }

  @Test("Points that a return gives back end as if they had never been spent")
  func pointsGivenBack() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-10T10:00:00Z")
      try await rig.publish { ($0.expiry, $0.timeZone) = ("12M inactive", "UTC") }
      try await rig.sell("ord_1", netSpend: 10_000)
      rig.setClock("2026-02-10T10:00:00Z")
      try await rig.sell("ord_2", spending: 100)
      #expect(try await rig.lots().isEmpty)
      rig.setClock("2026-12-10T10:00:00Z")
      try await rig.sell("ord_3", netSpend: 0)
      rig.setClock("2027-11-10T10:00:00Z")
      try await rig.reverse("ret_1", of: "ord_2")
      #expect(try await rig.lots().map(\.expireTime?.date) == [instant("2027-12-11T00:00:00Z")])
      #expect(try await rig.balance().spendablePoints == 100)
      try await rig.expectSound()
    }
  }

  @Test("What has expired stays expired, also where an order follows at the instant")
  func expiredPointsStayExpired() async throws {
    try await LoyaltyRig.run { rig in
      rig.setClock("2026-01-10T10:00:00Z")
      try await rig.publish { ($0.expiry, $0.timeZone) = ("1M inactive", "UTC") }
      try await rig.sell("ord_1", netSpend: 10_000)
      try await rig.sell("ord_2", spending: 40)
      rig.setClock("2026-02-11T00:00:00Z")
      try await rig.sell("ord_3", netSpend: 0)
      #expect(try await rig.balance().spendablePoints == 0)
      // Of the lot some has expired, so what comes back has the grace of a return.
      try await rig.reverse("ret_1", of: "ord_2")
      #expect(try await rig.lots().map(\.source) == ["return"])
      try await rig.expectSound()
    }
  }
}
