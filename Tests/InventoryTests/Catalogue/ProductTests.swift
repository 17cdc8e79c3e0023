import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Inventory

@Suite struct ProductTests {
  @Test func `products are found by id, sku and barcode, and unknown keys are absent`() async throws {
    try await InventoryFixture.with { fixture in
      let found = try await fixture.inventory.lookUpProducts(
        .init(keys: [
          .init(key: .sku("sku-2")), .init(key: .barcode("490001")), .init(key: .sku("nothing")),
          .init(key: .productID(fixture.productIDs[2])), .init(key: .barcode("490001")),
        ]))
      #expect(found.products.map { $0.product?.sku } == ["sku-2", "sku-1", nil, "sku-3", "sku-1"])
      let product = try #require(found.products[0].product)
      #expect(product.productID == fixture.productIDs[1])
      #expect(product.barcodes == ["490002"])
      #expect(product.price == TypeV1.Money(1_000, "USD"))
      #expect(product.department == "GROCERY")
    }
  }

  @Test func `an import updates by sku and keeps the id and the time of creation`() async throws {
    try await InventoryFixture.with { fixture in
      fixture.service.clock.advance(by: .seconds(60))
      var product = InventoryFixture.product(1)
      product.name = "Renamed"
      product.price = nil
      product.barcodes = ["490001", "5000001"]
      let response = try await fixture.inventory.importProducts(.init(requestID: "again", products: [product]))
      #expect(response.productIDs == [fixture.productIDs[0]])
      let found = try await fixture.inventory.lookUpProducts(.init(keys: [.init(key: .barcode("5000001"))]))
      let updated = try #require(found.products[0].product)
      #expect(updated.name == "Renamed")
      #expect(updated.price == nil)
      #expect(updated.barcodes == ["490001", "5000001"])
      #expect(updated.createTime?.date == ManualClock.start)
      #expect(updated.updateTime?.date == fixture.now)
    }
  }

  @Test func `a barcode of another product is refused and nothing of the import is kept`() async throws {
    try await InventoryFixture.with { fixture in
      var taken = InventoryFixture.product(7)
      taken.barcodes = ["490002"]
      let error = await expectRefusal(.alreadyExists, "BARCODE_TAKEN") {
        try await fixture.inventory.importProducts(
          .init(requestID: "taken", products: [InventoryFixture.product(6), taken]))
      }
      #expect(error?.metadata == ["barcode": "490002", "sku": "sku-7"])
      let found = try await fixture.inventory.lookUpProducts(.init(keys: [.init(key: .sku("sku-6"))]))
      #expect(found.products[0].product == nil)
    }
  }

  @Test func `two products exchange their barcodes in one import`() async throws {
    try await InventoryFixture.with { fixture in
      var first = InventoryFixture.product(1)
      var second = InventoryFixture.product(2)
      swap(&first.barcodes, &second.barcodes)
      _ = try await fixture.inventory.importProducts(.init(requestID: "swap", products: [first, second]))
      let found = try await fixture.inventory.lookUpProducts(
        .init(keys: [.init(key: .barcode("490001")), .init(key: .barcode("490002"))]))
      #expect(found.products.map { $0.product?.sku } == ["sku-2", "sku-1"])
    }
  }

  @Test func `an import sent again answers the same ids, and with another body it is refused`() async throws {
    try await InventoryFixture.with { fixture in
      let request = InventoryV1.ImportProductsRequest(requestID: "twice", products: (6...8).map(InventoryFixture.product))
      let first = try await fixture.inventory.importProducts(request)
      #expect(try await fixture.inventory.importProducts(request) == first)
      var other = request
      other.products[0].name = "Another"
      await expectRefusal(.alreadyExists, "REQUEST_ID_REUSED") { try await fixture.inventory.importProducts(other) }
    }
  }

  @Test func `what is wrong with an import is named field by field`() async throws {
    try await InventoryFixture.with { fixture in
      var nameless = InventoryFixture.product(6)
      nameless.name = ""
      var dear = InventoryFixture.product(7)
      dear.price = TypeV1.Money(-1, "usd")
      dear.barcodes = ["1", "1"]
      let error = await expectRefusal(.invalidArgument, "INVALID_FIELDS") {
        try await fixture.inventory.importProducts(
          .init(requestID: "bad", products: [nameless, dear, InventoryFixture.product(6)]))
      }
      #expect(
        error?.fieldViolations.map(\.field) == [
          "products[0].name", "products[1].barcodes[1]", "products[1].price.currency_code", "products[1].price.minor_units",
          "products[2].sku",
        ])
    }
  }

  @Test func `at most 1,000 products an import and 2,000 keys a look-up`() async throws {
    try await InventoryFixture.with { fixture in
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") {
        try await fixture.inventory.importProducts(
          .init(requestID: "many", products: (1...1_001).map(InventoryFixture.product)))
      }
      let keys = (1...2_000).map { InventoryV1.ProductKey(key: .sku("sku-\($0)")) }
      let found = try await fixture.inventory.lookUpProducts(.init(keys: keys))
      #expect(found.products.count == 2_000)
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") {
        try await fixture.inventory.lookUpProducts(.init(keys: keys + [.init(key: .sku("one more"))]))
      }
      await expectRefusal(.invalidArgument, "INVALID_FIELDS") {
        try await fixture.inventory.lookUpProducts(.init(keys: [.init()]))
      }
    }
  }

  @Test func `a list shows every product once, page by page`() async throws {
    try await InventoryFixture.with { fixture in
      var shown: [String] = []
      var token = ""
      repeat {
        let page = try await fixture.inventory.listProducts(.init(pageSize: 2, pageToken: token))
        #expect(page.products.count <= 2)
        shown += page.products.map(\.productID)
        token = page.nextPageToken
      } while !token.isEmpty
      #expect(shown == fixture.productIDs.sorted())
    }
  }

  @Test func `a page token of another list is refused`() async throws {
    try await InventoryFixture.with { fixture in
      let token = try await fixture.inventory.listProducts(.init(pageSize: 1)).nextPageToken
      await expectRefusal(.invalidArgument, "PAGE_TOKEN_INVALID") {
        try await fixture.inventory.listStores(.init(pageSize: 1, pageToken: token))
      }
    }
  }
}
