import Database
import Testing

@testable import Inventory

@Suite struct SchemaTests {
  @Test func `the schema keeps the rules that a batch of requests relies on`() async throws {
    try await InventoryFixture.with { fixture in
      let violations = try await SchemaCheck.check(fixture.service.database)
      #expect(violations == [])
    }
  }

  @Test func `each saga transaction has a fault point before and after its commit`() {
    #expect(InventoryApp.faultPoints.count == SagaStep.allCases.count * 2)
    #expect(Set(InventoryApp.faultPoints).count == InventoryApp.faultPoints.count)
    #expect(InventoryApp.faultPoints.contains("inventory.complete-order.before-commit"))
  }
}
