import PatronAPI
import RPC
import Testing

@testable import Inventory

@Suite struct StoreTests {
  @Test func `a store is found by id and by code, with its zone, currency and policy`() async throws {
    try await InventoryFixture.with { fixture in
      let store = try #require(try await fixture.inventory.getStore(.init(key: .code("S"))).store)
      #expect(store.storeID == fixture.strictStoreID)
      #expect(store.stockPolicy == .strict)
      #expect(store.timeZone == "America/New_York")
      #expect(store.currencyCode == "USD")
      #expect(try await fixture.inventory.getStore(.init(key: .storeID(store.storeID))).store == store)
      await expectRefusal(.notFound, "STORE_NOT_FOUND") { try await fixture.inventory.getStore(.init(key: .code("?"))) }
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") { try await fixture.inventory.getStore(.init()) }
    }
  }

  @Test func `a store with no policy allows negative stock, as a till needs`() async throws {
    try await InventoryFixture.with { fixture in
      _ = try await fixture.inventory.importStores(
        .init(requestID: "default", stores: [InventoryFixture.store("D", .unspecified)]))
      #expect(try await fixture.inventory.getStore(.init(key: .code("D"))).store?.stockPolicy == .allowNegative)
    }
  }

  @Test func `an import updates by code, all or none, and a store keeps its currency`() async throws {
    try await InventoryFixture.with { fixture in
      var renamed = InventoryFixture.store("S", .strict)
      renamed.name = "Renamed"
      var foreign = InventoryFixture.store("L", .allowNegative)
      foreign.currencyCode = "EUR"
      await expectRefusal(.failedPrecondition, "STORE_CURRENCY_FIXED") {
        try await fixture.inventory.importStores(.init(requestID: "both", stores: [renamed, foreign]))
      }
      #expect(try await fixture.inventory.getStore(.init(key: .code("S"))).store?.name == "Store S")
      let response = try await fixture.inventory.importStores(.init(requestID: "one", stores: [renamed]))
      #expect(response.storeIDs == [fixture.strictStoreID])
      #expect(try await fixture.inventory.getStore(.init(key: .code("S"))).store?.name == "Renamed")
    }
  }

  @Test func `a zone or a currency that does not exist is refused`() async throws {
    try await InventoryFixture.with { fixture in
      var store = InventoryFixture.store("X", .strict)
      store.timeZone = "America/Nowhere"
      store.currencyCode = "dollars"
      let error = await expectRefusal(.invalidArgument, "INVALID_FIELDS") {
        try await fixture.inventory.importStores(.init(requestID: "bad", stores: [store]))
      }
      #expect(error?.fieldViolations.map(\.field) == ["stores[0].time_zone", "stores[0].currency_code"])
    }
  }

  @Test func `a list shows every store once, page by page`() async throws {
    try await InventoryFixture.with { fixture in
      let first = try await fixture.inventory.listStores(.init(pageSize: 1))
      let second = try await fixture.inventory.listStores(.init(pageSize: 1, pageToken: first.nextPageToken))
      #expect((first.stores + second.stores).map(\.storeID) == [fixture.strictStoreID, fixture.lenientStoreID].sorted())
      #expect(second.nextPageToken == "")
    }
  }
}
