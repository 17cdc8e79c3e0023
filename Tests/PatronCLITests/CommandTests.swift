import PatronAPI
import RPC
import Testing

@testable import PatronCLI

@Suite struct CommandTests {
  @Test(
    "A method is found by its full and by its short name",
    arguments: [
      "PointOfSaleService/Quote", "patron.gateway.v1.PointOfSaleService/Quote", "/patron.gateway.v1.PointOfSaleService/Quote",
    ])
  func methodsByName(name: String) throws {
    let target = try MethodDirectory.find(name)
    #expect(target.descriptor == GatewayV1.PointOfSaleServiceMethods.quote)
    #expect(target.requestName == "patron.gateway.v1.QuoteRequest")
  }

  @Test(
    "What cannot be found says why",
    arguments: [
      ("Quote", "is not SERVICE/METHOD"), ("Nothing/Quote", "there is no service Nothing"),
      ("PointOfSaleService/Sell", "has no method Sell, but IdentifyMember"),
      ("patron.events.v1.EventFeedService/Subscribe/x", "is not SERVICE/METHOD"), ("ServerReflection/ServerReflectionInfo", "may be"),
    ])
  func unknownMethods(name: String, part: String) {
    let error = #expect(throws: CommandError.self) { try MethodDirectory.find(name) }
    #expect(error?.description.contains(part) == true)
  }

  @Test func aServerStreamIsCalledAsOne() throws {
    #expect(try MethodDirectory.find("EventFeedService/Subscribe").descriptor.kind == .serverStreaming)
  }

  @Test func theListingNamesEveryServiceOfTheContract() {
    for service in ["PointOfSaleService", "LoyaltyService", "CampaignService", "IdentityService", "OrderSagaService"] {
      #expect(MethodDirectory.listing.contains(".\(service)\n"))
    }
    #expect(MethodDirectory.listing.contains("  Subscribe(SubscribeRequest) → stream of SubscribeResponse"))
  }

  @Test func aRefusalIsPrintedWithAllItSays() {
    let error = RPCError(
      .failedPrecondition, "The balance is 5 points.", reason: "INSUFFICIENT_POINTS", domain: "loyalty.patron",
      metadata: ["points": "5", "asked": "9"], fieldViolations: [(field: "points", description: "must be at most 5")],
      retryDelay: .seconds(1))
    #expect(
      FailureReport.text(of: error) == """
        FAILED_PRECONDITION / INSUFFICIENT_POINTS: The balance is 5 points.
          domain: loyalty.patron
          asked: 9
          points: 5
          points: must be at most 5
          try again after 1.0 seconds
        """)
    #expect(FailureReport.text(of: RPCError(.unavailable, "No connection.")) == "UNAVAILABLE: No connection.")
  }

  @Test func columnsAreAsWideAsTheirWidestCell() {
    var table = Table([("name", .left), ("count", .right)])
    table.add(["loyalty", "5"])
    table.add(["x", "12345678"])
    table.add(["short row"])
    #expect(
      table.text == """
        name          count
        loyalty           5
        x          12345678
        short row
        """)
  }

  @Test func optionsAreParsed() throws {
    let up = try #require(try PatronCommand.parseAsRoot(["up", "--ports", "auto", "--data", "/tmp/x"]) as? UpCommand)
    #expect(up.ports == .auto)
    #expect(up.data.folder.path == "/tmp/x")
    #expect(throws: (any Error).self) { try PatronCommand.parseAsRoot(["up", "--port-base", "65530"]) }
    let call = try #require(
      try PatronCommand.parseAsRoot(["call", "A/B", "{}", "--address", "127.0.0.1:1", "--api-key", "k"]) as? CallCommand)
    #expect(call.gateway.gatewayAddress == "127.0.0.1:1")
  }
}
