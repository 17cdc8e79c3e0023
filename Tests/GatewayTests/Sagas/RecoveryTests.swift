import PatronAPI
import RPC
import ServiceTesting
import Testing

@testable import Gateway

/// Recovery goes on whatever it finds, and says when it cannot.
@Suite(.timeLimit(.minutes(10))) struct RecoveryTests {
  @Test func manyDueOrdersOfTheLargestSizeAreAllCancelled() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      let lines = (0..<2_000).map { GatewayV1.BasketLine.of(["milk", "bread", "wine"][$0 % 3], 100) }
      var orderIDs: [String] = []
      for number in 0..<3 { orderIDs.append(try #require(try await till.begin("begin-\(number)", .at("1", lines)).order?.orderID)) }
      shop.clock.advance(by: .seconds(900))
      #expect(try await shop.gateway.app.recoverOnce() == 3)
      for orderID in orderIDs { #expect(try await till.order(orderID).state == .cancelled) }
    }
  }

  @Test func noMoreIsLeasedThanIsCarriedOnAtOnce() async throws {
    try await withShop { shop in
      let till = try await shop.till()
      for number in 0...Recovery.piecesAtOnce { _ = try await till.begin("begin-\(number)", .at("1", [.of("milk", 100)])) }
      shop.clock.advance(by: .seconds(900))
      #expect(try await shop.gateway.app.recoverOnce() == Recovery.piecesAtOnce)
      #expect(try await shop.gateway.app.recoverOnce() == 1)
      #expect(try await shop.stockLevel("milk", store: "1").held == 0)
    }
  }

  @Test func aRecoveryThatCannotLearnWhatIsDueSaysSoAndOneWhoseInventoryIsAwayDoesNot() async throws {
    try await withShop { shop in
      for (error, isTold) in [
        (RPCError(.resourceExhausted, "larger than a message may be"), true), (RPCError(.unavailable, "connection refused"), false),
      ] {
        let wire = SwitchedChannel(shop.inventory.channel)
        wire.set(.answers(error), for: InventoryV1.OrderSagaServiceMethods.leaseDueWork)
        let gateway = try await shop.anotherGateway(number: 3, inventory: wire, runsRecovery: true)
        func said(_ text: String) -> Bool { gateway.logs.lines.contains { $0.contains(text) } }
        while !said("recovery cannot learn") && !said("recovery found nobody") { try await Task.sleep(for: .milliseconds(5)) }
        #expect(said("error recovery cannot learn what is due") == isTold)
        await gateway.stop()
      }
    }
  }
}
