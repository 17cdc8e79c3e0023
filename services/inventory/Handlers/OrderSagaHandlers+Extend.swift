import Database
import Foundation
import GoogleProto
import PatronAPI
import RPC
import ServiceKit

extension OrderSagaHandlers {
  /// The lifetime counts from this service's clock when the request first takes effect; a repeat gets the first reply.
  func extendOrder(
    _ request: InventoryV1.ExtendOrderRequest, context: ServerContext
  ) async throws -> InventoryV1.ExtendOrderResponse {
    try context.requireSaga()
    let holdExpireTime = try Self.holdExpireTime(of: request, now: clock.now())
    let faults = faults
    let response = try await commands.run(request, context, locking: InventoryLocks.order) { transaction in
      let row = try OrderStore.require(request.orderID, in: transaction)
      if case .refuse(let refusal) = row.state.extending() { throw refusal }
      if row.holdExpireTime < holdExpireTime {
        try OrderStore.extend(row.orderID, until: holdExpireTime, in: transaction)
      }
      let stored = try OrderStore.reload(row.orderID, in: transaction)
      faults.reach(SagaStep.extendOrder.beforeCommit)
      return InventoryV1.ExtendOrderResponse(order: try OrderMessages.order(stored))
    }
    faults.reach(SagaStep.extendOrder.afterCommit)
    return response
  }

  private static func holdExpireTime(of request: InventoryV1.ExtendOrderRequest, now: Date) throws -> Date {
    var errors = FieldErrors()
    errors.require(text: request.orderID, "order_id", upTo: Limits.identifierBytes)
    errors.require(
      (request.holdExpireTime == nil) != (request.holdLifetime == nil), "hold_lifetime",
      "exactly one of hold_lifetime and hold_expire_time")
    try errors.throwIfAny()
    let seconds =
      request.holdLifetime.map { $0.duration / .seconds(1) } ?? request.holdExpireTime?.date.timeIntervalSince(now) ?? 0
    let field = request.holdLifetime == nil ? "hold_expire_time" : "hold_lifetime"
    errors.require(
      seconds > 0 && seconds <= Limits.holdSeconds, field, "must be in the future, at most \(Int(Limits.holdSeconds)) s ahead")
    try errors.throwIfAny()
    return request.holdExpireTime?.date ?? now.addingTimeInterval(seconds)
  }
}
