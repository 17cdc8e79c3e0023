import Database
import PatronAPI
import RPC
import ServiceKit

/// The order as the saga's only decider. Each call is one transaction, is answered from the order's state, and may be sent any
/// number of times; the methods stand in one file a step.
struct OrderSagaHandlers: InventoryV1.OrderSagaService {
  let database: Database
  let commands: CommandRunner
  let sagaKeys: SagaKeyMessages
  let clock: any WallClock
  let ids: any IDGenerator
  let faults: FaultPoints

  init(environment: ServiceEnvironment) {
    database = environment.database
    commands = environment.commands
    sagaKeys = SagaKeyMessages(database: environment.database)
    clock = environment.clock
    ids = environment.ids
    faults = environment.faults
  }

  /// Runs a step's transaction between its two fault points.
  func transact<Result: Sendable>(
    _ step: SagaStep, _ context: ServerContext, _ body: @escaping @Sendable (Transaction) throws -> Result
  ) async throws -> Result {
    let faults = faults
    let result = try await database.write(for: context, locking: InventoryLocks.order) { transaction in
      let result = try body(transaction)
      faults.reach(step.beforeCommit)
      return result
    }
    faults.reach(step.afterCommit)
    return result
  }

  func findOrder(_ request: InventoryV1.FindOrderRequest, context: ServerContext) async throws -> InventoryV1.FindOrderResponse {
    try context.requireSaga()
    let stored: StoredOrder?
    switch request.key {
    case .requestKey(let message):
      let key = try sagaKeys.decode(message, "request_key")
      stored = try await database.read(for: context) { snapshot in
        try SagaKeyStore.find(key, [.beganOrder, .endedOrder], in: snapshot)
          .flatMap { try OrderStore.load($0.orderID, in: snapshot) }
      }
    case .orderID(let orderID):
      stored = try await database.read(for: context) { snapshot in try OrderStore.load(orderID, in: snapshot) }
    case nil:
      throw InvalidField.error("key", "must be one of request_key and order_id")
    }
    return InventoryV1.FindOrderResponse(record: try stored.map(OrderMessages.record))
  }
}

extension OrderStore {
  /// The row of an order that a call names; nobody else changes the order until this write has ended.
  @discardableResult
  static func require(_ orderID: String, in transaction: Transaction) throws -> OrderRow {
    guard let row = try take(orderID, in: transaction) else { throw InventoryRefusal.orderNotFound(orderID: orderID) }
    return row
  }

  /// The order as it stands after the call's own changes.
  static func reload(_ orderID: String, in source: some Queryable) throws -> StoredOrder {
    guard let stored = try load(orderID, in: source) else { throw InventoryRefusal.orderNotFound(orderID: orderID) }
    return stored
  }
}
