import PatronAPI
import RPC
import Testing

@testable import Gateway

/// What stands in a shop's books, and whether they agree.
extension Shop {
  // MARK: What a refusal leaves

  func orderCount() async throws -> Int { try await orderRecords().count }

  /// No order, no hold, no coupon's use, no stock set aside or sold, no points spent or earned.
  func expectUntouched(
    member: String? = nil, points count: Int64 = 0, coupon: String? = nil, sourceLocation: SourceLocation = #_sourceLocation
  ) async throws {
    await gateway.app.drained()
    #expect(try await orderCount() == 0, sourceLocation: sourceLocation)
    #expect(try await loyaltyHolds().isEmpty, sourceLocation: sourceLocation)
    #expect(try await campaignHolds().isEmpty, sourceLocation: sourceLocation)
    for (sku, store) in [("milk", "1"), ("bread", "1"), ("wine", "2")] {
      let level = try await stockLevel(sku, store: store)
      #expect(level.onHand == 100 && level.held == 0, "\(sku)", sourceLocation: sourceLocation)
    }
    if let member {
      let balance = try await balance(member)
      #expect(balance.spendablePoints == count && balance.heldPoints == 0, sourceLocation: sourceLocation)
    }
    if let coupon {
      let found = try await offers.getCoupon(.init(key: .code(coupon)), options: inCampaign).coupon
      #expect(found?.heldUses == 0 && found?.committedUses == 0, sourceLocation: sourceLocation)
    }
  }

  // MARK: Whether its books agree

  /// What is untrue across the services, in sentences: each verifies itself, and what design section 7 says of the whole.
  func differences() async throws -> [String] {
    await gateway.app.drained()
    var found: [String] = []
    found += try await identity.app.verify().map { "identity: \($0)" }
    found += try await loyalty.app.verify().map { "loyalty: \($0)" }
    found += try await campaign.app.verify().map { "campaign: \($0)" }
    found += try await inventory.app.verify().map { "inventory: \($0)" }
    let orders = try await orderRecords()
    let holds = ["loyalty": try await loyaltyHolds(), "campaign": try await campaignHolds()]
    for order in orders { found += Self.differences(of: order, holds) }
    let known = Set(orders.map(\.orderID))
    for (participant, records) in holds {
      found += records.filter { !known.contains($0.orderID) }.map { "\(participant) holds under no order: \($0.orderID)" }
    }
    return found
  }

  private func orderRecords() async throws -> [InventoryV1.OrderSummary] {
    let saga = InventoryV1.OrderSagaServiceClient(channel: inventory.channel)
    return try await Self.everyPage { token in
      let reply = try await saga.listOrderRecords(.init(pageSize: 500, pageToken: token), options: self.inInventory)
      return (reply.orders, reply.nextPageToken)
    }
  }

  private func loyaltyHolds() async throws -> [TypeV1.HoldRecord] {
    let service = LoyaltyV1.LoyaltyHoldServiceClient(channel: loyalty.channel)
    return try await Self.everyPage { token in
      let reply = try await service.listHolds(.init(pageSize: 500, pageToken: token), options: self.inLoyalty)
      return (reply.holds, reply.nextPageToken)
    }
  }

  private func campaignHolds() async throws -> [TypeV1.HoldRecord] {
    let service = CampaignV1.CampaignHoldServiceClient(channel: campaign.channel)
    return try await Self.everyPage { token in
      let reply = try await service.listHolds(.init(pageSize: 500, pageToken: token), options: self.inCampaign)
      return (reply.holds, reply.nextPageToken)
    }
  }

  private static func everyPage<Row>(_ page: (String) async throws -> ([Row], nextPageToken: String)) async throws -> [Row] {
    var (rows, token) = try await page("")
    while !token.isEmpty {
      let (more, next) = try await page(token)
      rows += more
      token = next
    }
    return rows
  }

  private static func differences(of order: InventoryV1.OrderSummary, _ holds: [String: [TypeV1.HoldRecord]]) -> [String] {
    holds.flatMap { participant, records -> [String] in
      let hold = records.first { $0.orderID == order.orderID }
      let isParticipant = order.participants.contains(participant)
      let isRight: Bool =
        switch order.state {
        case .completed: (hold?.state == .committed) == isParticipant
        case .cancelled: hold == nil || hold?.state == .cancelled || hold?.state == .tombstone
        case .committing: hold?.state != .cancelled && hold?.state != .tombstone
        default: hold?.state != .committed
        }
      let returnsAgree = !isParticipant || order.state != .completed || Set(hold?.returnIDs ?? []) == Set(order.completedReturnIDs)
      return isRight && returnsAgree
        ? [] : ["\(participant) disagrees about \(order.orderID) (\(order.state)): \(String(describing: hold))"]
    }
  }
}
