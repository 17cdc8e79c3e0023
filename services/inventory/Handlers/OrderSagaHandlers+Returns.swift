import Database
import Foundation
import PatronAPI
import RPC
import ServiceKit

extension OrderSagaHandlers {
  /// Counts the return against the order in the transaction that checks it, so that two tills that return at once cannot
  /// together take back more than was sold.
  func createReturn(
    _ request: InventoryV1.CreateReturnRequest, context: ServerContext
  ) async throws -> InventoryV1.CreateReturnResponse {
    try context.requireSaga()
    let request = try ReturnRequest.decode(request, sagaKeys, time: clock.now())
    let (record, created) = try await transact(.createReturn, context) { transaction in
      // Before the key is looked for: the same call at another replica has ended by then.
      let row = try OrderStore.take(request.orderReturn.orderID, in: transaction)
      if let found = try SagaKeyStore.find(request.key, [.beganReturn], in: transaction), let returnID = found.returnID {
        return (try Self.record(of: returnID, in: transaction), false)
      }
      guard let row else { throw InventoryRefusal.orderNotFound(orderID: request.orderReturn.orderID) }
      try Self.write(request, of: row, in: transaction)
      return (try Self.record(of: request.orderReturn.returnID, in: transaction), true)
    }
    return InventoryV1.CreateReturnResponse(record: record, created: created)
  }

  func findReturn(
    _ request: InventoryV1.FindReturnRequest, context: ServerContext
  ) async throws -> InventoryV1.FindReturnResponse {
    try context.requireSaga()
    let record: InventoryV1.ReturnRecord?
    switch request.key {
    case .requestKey(let message):
      let key = try sagaKeys.decode(message, "request_key")
      record = try await database.read(for: context) { snapshot in
        try SagaKeyStore.find(key, [.beganReturn], in: snapshot)?.returnID.map { try Self.record(of: $0, in: snapshot) }
      }
    case .returnID(let returnID):
      record = try await database.read(for: context) { snapshot in
        try ReturnStore.load(returnID, in: snapshot).map { try Self.record($0, in: snapshot) }
      }
    case nil:
      throw InvalidField.error("key", "must be one of request_key and return_id")
    }
    return InventoryV1.FindReturnResponse(record: record)
  }

  func completeReturn(
    _ request: InventoryV1.CompleteReturnRequest, context: ServerContext
  ) async throws -> InventoryV1.CompleteReturnResponse {
    try context.requireSaga()
    try OrderRequest.check(reply: request.reply, "reply")
    let time = clock.now()
    let eventID = ids.next("evt")
    // Of which order it is never changes; the order is what the write takes first.
    let orderID = try await database.read(for: context) { snapshot in try Self.load(request.returnID, in: snapshot).orderID }
    let record = try await transact(.completeReturn, context) { transaction in
      try OrderStore.require(orderID, in: transaction)
      let stored = try Self.load(request.returnID, in: transaction)
      if stored.state == .returning {
        try Self.complete(stored, request, time: time, in: transaction)
        let ended = try Self.load(request.returnID, in: transaction)
        try transaction.append(InventoryEvents.orderReturned(ended, eventID: eventID, time: time))
      }
      return try Self.record(of: request.returnID, in: transaction)
    }
    return InventoryV1.CompleteReturnResponse(record: record)
  }

  // MARK: Inside the transaction

  private static func write(_ request: ReturnRequest, of row: OrderRow, in transaction: Transaction) throws {
    let orderReturn = request.orderReturn
    guard row.state.admitsReturn() else { throw InventoryRefusal.orderNotCompleted }
    guard row.revision == request.expectedRevision else { throw InventoryRefusal.orderChanged(revision: row.revision) }
    let storeID = try store(of: request, soldIn: row, in: transaction)
    let lines = try ReturnRules.applying(
      request.asks, to: OrderStore.lines(of: row.orderID, in: transaction).map(\.returnLine))
    try ReturnRules.checkRefunds(
      orderReturn.refunds, refundAmount: orderReturn.refundAmount, paid: OrderStore.tenders(of: row.orderID, in: transaction),
      earlier: ReturnStore.ofOrder(row.orderID, in: transaction).flatMap(\.refunds))
    guard row.refundedAmount + orderReturn.refundAmount <= row.totals.amountDue else { throw InventoryRefusal.refundExceedsPaid }
    try count(request, in: transaction)
    try ReturnStore.insert(
      orderReturn, storeID: storeID, wholeOrderIsReturned: ReturnRules.isWholeOrder(lines), in: transaction)
    try SagaKeyStore.claim(request.key, for: .beganReturn, orderID: row.orderID, returnID: orderReturn.returnID, in: transaction)
  }

  /// The guarded statements: whatever was read above, these alone let a quantity and an amount come back.
  private static func count(_ request: ReturnRequest, in transaction: Transaction) throws {
    let orderID = request.orderReturn.orderID
    let counted = try OrderStore.countReturn(
      orderID, expectedRevision: request.expectedRevision, refundAmount: request.orderReturn.refundAmount, in: transaction)
    guard counted else { throw InventoryRefusal.orderChanged(revision: request.expectedRevision) }
    let exceeding = try request.asks.filter { ask in
      ask.quantity == 0
        ? try !OrderStore.returnAdjustment(orderID, lineNumber: ask.lineNumber, in: transaction)
        : try !OrderStore.returnGoods(orderID, lineNumber: ask.lineNumber, quantity: ask.quantity, in: transaction)
    }
    guard exceeding.isEmpty else { throw InventoryRefusal.returnExceedsSold(lineNumbers: exceeding.map(\.lineNumber)) }
  }

  /// The store whose shelf gets the goods: any store of the order's currency.
  private static func store(of request: ReturnRequest, soldIn row: OrderRow, in transaction: Transaction) throws -> String {
    guard request.currencyCode == row.currencyCode else {
      throw InventoryRefusal.currencyMismatch(expected: row.currencyCode, found: request.currencyCode)
    }
    guard let storeID = request.orderReturn.storeID, storeID != row.storeID else { return row.storeID }
    guard let store = try RetailStoreStore.find(id: storeID, in: transaction) else {
      throw InventoryRefusal.storeNotFound(key: storeID)
    }
    guard store.currencyCode == row.currencyCode else {
      throw InventoryRefusal.currencyMismatch(expected: row.currencyCode, found: store.currencyCode)
    }
    return store.storeID
  }

  private static func complete(
    _ stored: StoredReturn, _ request: InventoryV1.CompleteReturnRequest, time: Date, in transaction: Transaction
  ) throws {
    let sold = Dictionary(
      uniqueKeysWithValues: try OrderStore.goods(of: stored.orderID, in: transaction).map { ($0.number, $0.productID) })
    let goods = stored.lines.compactMap { line in
      sold[line.lineNumber].map { StockStore.Line(number: line.lineNumber, productID: $0, quantity: line.quantity) }
    }
    let origin = StockStore.Origin(
      clientID: stored.clientID, staffID: stored.staffID, orderID: stored.orderID, reason: stored.reason, time: time)
    try StockStore.bookBack(goods, returnID: stored.returnID, at: stored.storeID, origin: origin, in: transaction)
    try ReturnStore.complete(
      stored.returnID, reply: request.reply, pointsTakenBack: request.pointsTakenBack,
      pointsGivenBack: request.pointsGivenBack, time: time, in: transaction)
    try OrderStore.countReturnEnd(stored.orderID, in: transaction)
  }

  private static func load(_ returnID: String, in source: some Queryable) throws -> StoredReturn {
    guard let stored = try ReturnStore.load(returnID, in: source) else {
      throw InventoryRefusal.returnNotFound(returnID: returnID)
    }
    return stored
  }

  static func record(of returnID: String, in source: some Queryable) throws -> InventoryV1.ReturnRecord {
    try record(load(returnID, in: source), in: source)
  }

  private static func record(_ stored: StoredReturn, in source: some Queryable) throws -> InventoryV1.ReturnRecord {
    let key = try SagaKeyStore.ofOrder(stored.orderID, in: source).first { $0.returnID == stored.returnID }?.key
    return ReturnMessages.record(stored, key: key)
  }
}
