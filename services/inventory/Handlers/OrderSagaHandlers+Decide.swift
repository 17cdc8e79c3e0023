import Database
import Foundation
import PatronAPI
import RPC
import ServiceKit

extension OrderSagaHandlers {
  func recordHold(
    _ request: InventoryV1.RecordHoldRequest, context: ServerContext
  ) async throws -> InventoryV1.RecordHoldResponse {
    try context.requireSaga()
    if !request.beginReply.isEmpty { try OrderRequest.check(reply: request.beginReply, "begin_reply") }
    let (state, beginReply) = try await transact(.recordHold, context) { transaction in
      let row = try OrderStore.require(request.orderID, in: transaction)
      if case .move = row.state.recordingHold(isHeld: row.isHeld) {
        try OrderStore.recordHold(row.orderID, beginReply: request.beginReply, in: transaction)
      }
      return (row.state, try OrderStore.beginReply(of: row.orderID, in: transaction))
    }
    return InventoryV1.RecordHoldResponse(state: OrderMessages.state(state), beginReply: beginReply)
  }

  /// The decision. Of all calls that would make it, the first to find the order PENDING does; the others learn what it was.
  func decideOrder(
    _ request: InventoryV1.DecideOrderRequest, context: ServerContext
  ) async throws -> InventoryV1.DecideOrderResponse {
    try context.requireSaga()
    let order = try DecisionRequest.decode(request, sagaKeys)
    let time = clock.now()
    let (stored, decided) = try await transact(.decideOrder, context) { transaction in
      let decided = try Self.decide(order, time: time, in: transaction)
      return (try OrderStore.reload(order.orderID, in: transaction), decided)
    }
    return InventoryV1.DecideOrderResponse(record: try OrderMessages.record(stored), decided: decided)
  }

  private static func decide(_ request: DecisionRequest, time: Date, in transaction: Transaction) throws -> Bool {
    let row = try OrderStore.require(request.orderID, in: transaction)
    if let endKey = request.endKey, let found = try SagaKeyStore.find(endKey, [.endedOrder], in: transaction) {
      guard found.orderID == row.orderID else { throw InventoryRefusal.requestIDReused }
    }
    switch row.state.deciding(request.decision, isHeld: row.isHeld || request.recordsHold) {
    case .stay:
      return false
    case .refuse(let refusal):
      throw refusal
    case .move(to: .committing):
      try commit(row, request, time: time, in: transaction)
    case .move:
      guard row.meets(request.condition, at: time) else { return false }
      try cancel(row, request, time: time, in: transaction)
    }
    return true
  }

  private static func commit(_ row: OrderRow, _ request: DecisionRequest, time: Date, in transaction: Transaction) throws {
    guard request.currencyCode == nil || request.currencyCode == row.currencyCode else {
      throw InventoryRefusal.currencyMismatch(expected: row.currencyCode, found: request.currencyCode ?? "")
    }
    let held = try OrderStore.tenders(of: row.orderID, in: transaction)
    try TenderRules.check(request.tenders, amountDue: row.totals.amountDue, held: held)
    try OrderStore.decideCommit(row.orderID, tenders: request.tenders, time: time, in: transaction)
    try keep(request.endKey, of: row, in: transaction)
  }

  private static func cancel(_ row: OrderRow, _ request: DecisionRequest, time: Date, in transaction: Transaction) throws {
    try OrderStore.decideCancel(row.orderID, request.cancellation, request.condition, time: time, in: transaction)
    if request.releasesRequestKey {
      try SagaKeyStore.releaseBeginning(of: row.orderID, in: transaction)
    } else {
      try keep(request.endKey, of: row, in: transaction)
    }
  }

  private static func keep(_ endKey: SagaKey?, of row: OrderRow, in transaction: Transaction) throws {
    if let endKey { try SagaKeyStore.claim(endKey, for: .endedOrder, orderID: row.orderID, in: transaction) }
  }
}
