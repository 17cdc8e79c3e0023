import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceKit

/// Inventory's order as the saga's record and only decider, asked in the gateway's own name.
struct Orders: Sendable {
  private let inventory: Upstream
  private let saga: InventoryV1.OrderSagaServiceClient
  private let catalogue: InventoryV1.InventoryServiceClient

  init(inventory: Upstream) {
    self.inventory = inventory
    self.saga = InventoryV1.OrderSagaServiceClient(channel: inventory.channel)
    self.catalogue = InventoryV1.InventoryServiceClient(channel: inventory.channel)
  }

  // MARK: Finding

  /// The order that the request with this key began or ended. REQUEST_ID_REUSED when its body was another.
  func find(_ key: InventoryV1.RequestKey, _ chain: CallChain) async throws -> InventoryV1.OrderRecord? {
    try await find(InventoryV1.FindOrderRequest(key: .requestKey(key)), chain)
  }

  func find(orderID: String, _ chain: CallChain) async throws -> InventoryV1.OrderRecord? {
    try await find(InventoryV1.FindOrderRequest(key: .orderID(orderID)), chain)
  }

  private func find(_ request: InventoryV1.FindOrderRequest, _ chain: CallChain) async throws -> InventoryV1.OrderRecord? {
    do {
      return try await inventory.call(chain.asGateway()) { try await saga.findOrder(request, options: $0) }.record
    } catch let error as UpstreamError where error.kind == .refused && error.cause.code == .notFound {
      return nil
    }
  }

  /// The order as a client sees it, asked in that client's name.
  func read(orderID: String, _ chain: CallChain) async throws -> InventoryV1.Order {
    do {
      let reply = try await inventory.call(chain) {
        try await catalogue.getOrder(InventoryV1.GetOrderRequest(orderID: orderID), options: $0)
      }
      guard let order = reply.order else { throw Reasons.orderUnknown(orderID) }
      return order
    } catch let error as UpstreamError where error.kind == .refused && error.cause.code == .notFound {
      throw Reasons.orderUnknown(orderID)
    }
  }

  // MARK: Deciding

  func create(_ request: InventoryV1.CreateOrderRequest, _ chain: CallChain) async throws -> InventoryV1.CreateOrderResponse {
    try await inventory.call(chain.asGateway()) { try await saga.createOrder(request, options: $0) }
  }

  /// The reply to Begin that is kept: this one, or the one that came first. Empty when the order was cancelled before it was held.
  func recordHold(orderID: String, beginReply: [UInt8], _ chain: CallChain) async throws -> [UInt8] {
    try await inventory.call(chain.asGateway()) {
      try await saga.recordHold(InventoryV1.RecordHoldRequest(orderID: orderID, beginReply: beginReply), options: $0)
    }.beginReply
  }

  func decide(_ request: InventoryV1.DecideOrderRequest, _ chain: CallChain) async throws -> InventoryV1.DecideOrderResponse {
    try await inventory.call(chain.asGateway()) { try await saga.decideOrder(request, options: $0) }
  }

  func complete(orderID: String, reply: [UInt8], _ chain: CallChain) async throws -> InventoryV1.OrderRecord {
    try await inventory.call(chain.asGateway()) {
      try await saga.completeOrder(InventoryV1.CompleteOrderRequest(orderID: orderID, completeReply: reply), options: $0)
    }.record ?? InventoryV1.OrderRecord()
  }

  func cancel(orderID: String, reply: [UInt8], _ chain: CallChain) async throws -> InventoryV1.OrderRecord {
    try await inventory.call(chain.asGateway()) {
      try await saga.cancelOrder(InventoryV1.CancelOrderRequest(orderID: orderID, reply: reply), options: $0)
    }.record ?? InventoryV1.OrderRecord()
  }

  /// Inventory remembers this one by itself, under the client whose call it is, so it is signed in that client's name.
  func extend(
    requestID: String, orderID: String, lifetime: Duration, _ chain: CallChain
  ) async throws -> InventoryV1.ExtendOrderResponse {
    var chain = chain
    chain.caller.scopes = [Scope.everything]
    return try await inventory.call(chain) {
      try await saga.extendOrder(
        InventoryV1.ExtendOrderRequest(requestID: requestID, orderID: orderID, holdLifetime: GoogleProtobuf.Duration(lifetime)),
        options: $0)
    }
  }

  // MARK: Returns

  func findReturn(_ key: InventoryV1.RequestKey, _ chain: CallChain) async throws -> InventoryV1.ReturnRecord? {
    try await findReturn(InventoryV1.FindReturnRequest(key: .requestKey(key)), chain)
  }

  func findReturn(returnID: String, _ chain: CallChain) async throws -> InventoryV1.ReturnRecord? {
    try await findReturn(InventoryV1.FindReturnRequest(key: .returnID(returnID)), chain)
  }

  private func findReturn(_ request: InventoryV1.FindReturnRequest, _ chain: CallChain) async throws -> InventoryV1.ReturnRecord? {
    do {
      return try await inventory.call(chain.asGateway()) { try await saga.findReturn(request, options: $0) }.record
    } catch let error as UpstreamError where error.kind == .refused && error.cause.code == .notFound {
      return nil
    }
  }

  func createReturn(_ request: InventoryV1.CreateReturnRequest, _ chain: CallChain) async throws -> InventoryV1.ReturnRecord {
    try await inventory.call(chain.asGateway()) { try await saga.createReturn(request, options: $0) }.record
      ?? InventoryV1.ReturnRecord()
  }

  func completeReturn(
    _ request: InventoryV1.CompleteReturnRequest, _ chain: CallChain
  ) async throws -> InventoryV1.ReturnRecord {
    try await inventory.call(chain.asGateway()) { try await saga.completeReturn(request, options: $0) }.record
      ?? InventoryV1.ReturnRecord()
  }

  // MARK: Recovery

  func leaseDueWork(_ request: InventoryV1.LeaseDueWorkRequest, _ chain: CallChain) async throws -> InventoryV1.LeaseDueWorkResponse {
    try await inventory.call(chain.asGateway()) { try await saga.leaseDueWork(request, options: $0) }
  }
}
